package dev.millrace.benchmarks.contender;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Running;
import dev.millrace.benchmarks.harness.Session;

import org.jspecify.annotations.Nullable;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Quartz with its JDBC store: one durable job, one trigger for each run asked for. */
public record Quartz() implements Contender {
    private static final int CHUNK = 1000;
    private static final int THREADS = 20;
    private static final String TABLES = "/org/quartz/impl/jdbcjobstore/tables_postgres.sql";
    private static final String UNFINISHED = "SELECT count(*) FROM qrtz_triggers";

    @Override
    public String name() {
        return "quartz";
    }

    @Override
    public String settings() {
        return "2.5.2, JobStoreTX, PostgreSQLDelegate, HikariCP, clustered (check-in 1s), 20"
                + " threads, idleWaitTime 1s (its least), batchTriggerAcquisitionMaxCount 20,"
                + " one durable job with a trigger per run; bulk by scheduleJobs, a job and a"
                + " trigger each";
    }

    @Override
    public Engine engine() {
        return Engine.POSTGRES;
    }

    @Override
    public Set<Offer> offers() {
        return Set.of(Offer.ENQUEUE, Offer.BULK, Offer.WORK, Offer.PICKUP, Offer.RECOVERY);
    }

    @Override
    public Map<Offer, String> reasons() {
        return Map.of(
                Offer.IN_TRANSACTION, "only under a container's transaction manager",
                Offer.KEPT_JOBS, "completed jobs are deleted",
                Offer.OTHER_QUEUE, "it has no queues");
    }

    @Override
    public int share(int jobs) {
        return Math.max(1, jobs / 40);
    }

    @Override
    public int drainSlots() {
        return THREADS;
    }

    @Override
    public void prepare(Place place) throws SQLException, IOException {
        try (var tables = Quartz.class.getResourceAsStream(TABLES)) {
            if (tables == null) {
                throw new IllegalStateException("expected " + TABLES + " in the Quartz jar");
            }
            var script = new String(tables.readAllBytes(), StandardCharsets.UTF_8);
            Sql.execute(
                    place,
                    script.lines()
                            .filter(line -> !line.startsWith("--") && !line.startsWith("COMMIT"))
                            .collect(Collectors.joining("\n")));
        }
    }

    @Override
    public Session open(Place place, int callers) {
        return new Open(place, Math.max(callers, THREADS));
    }

    /** Never made by Quartz itself: the job factory answers with the body. */
    private static final class Body implements Job {
        private final JobBody body;

        Body(JobBody body) {
            this.body = body;
        }

        @Override
        public void execute(JobExecutionContext context) {
            try {
                body.run(Long.parseLong(context.getMergedJobDataMap().getString("number")));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class Open implements Session {
        private final Place place;
        private final int connections;
        private @Nullable Scheduler scheduler;

        Open(Place place, int connections) {
            this.place = place;
            this.connections = connections;
        }

        @Override
        public void enqueue(long number) throws SchedulerException {
            scheduler(1).scheduleJob(trigger(number, job("job")));
        }

        @Override
        public void enqueueAll(LongStream numbers) throws SchedulerException {
            var chunk = new HashMap<JobDetail, Set<? extends Trigger>>();
            var each = numbers.iterator();
            while (each.hasNext()) {
                long number = each.next();
                var job = JobBuilder.newJob(Body.class).withIdentity("job-" + number);
                var detail = job.requestRecovery().build();
                chunk.put(detail, Set.of(trigger(number, detail)));
                if (chunk.size() == CHUNK || !each.hasNext()) {
                    scheduler(1).scheduleJobs(chunk, false);
                    chunk.clear();
                }
            }
        }

        @Override
        public Running work(int slots, JobBody body) throws SchedulerException {
            var working = scheduler(slots);
            working.setJobFactory((bundle, it) -> new Body(body));
            working.start();
            return () -> {
                try {
                    working.standby();
                } catch (SchedulerException e) {
                    throw new IllegalStateException("Quartz did not stop", e);
                }
            };
        }

        @Override
        public long unfinished() throws SQLException {
            return Sql.number(place, UNFINISHED);
        }

        @Override
        public void close() {
            try {
                if (scheduler != null) {
                    scheduler.shutdown(true);
                }
            } catch (SchedulerException e) {
                throw new IllegalStateException("Quartz did not shut down", e);
            }
        }

        /** The number of threads can only be given when it is made: at the first use. */
        private synchronized Scheduler scheduler(int threads) throws SchedulerException {
            if (scheduler == null) {
                scheduler = new StdSchedulerFactory(properties(threads)).getScheduler();
                scheduler.addJob(job("job"), true);
            }
            return scheduler;
        }

        private Properties properties(int threads) {
            var properties = new Properties();
            properties.putAll(
                    Map.of(
                            "org.quartz.scheduler.instanceName", "bench",
                            "org.quartz.scheduler.instanceId", "AUTO",
                            "org.quartz.scheduler.skipUpdateCheck", "true",
                            "org.quartz.scheduler.idleWaitTime", "1000",
                            "org.quartz.scheduler.batchTriggerAcquisitionMaxCount", "20",
                            "org.quartz.threadPool.threadCount", Integer.toString(threads)));
            properties.putAll(
                    Map.of(
                            "org.quartz.jobStore.class",
                            "org.quartz.impl.jdbcjobstore.JobStoreTX",
                            "org.quartz.jobStore.driverDelegateClass",
                            "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate",
                            "org.quartz.jobStore.useProperties",
                            "true",
                            "org.quartz.jobStore.acquireTriggersWithinLock",
                            "true",
                            "org.quartz.jobStore.misfireThreshold",
                            "3600000",
                            "org.quartz.jobStore.isClustered",
                            "true",
                            "org.quartz.jobStore.clusterCheckinInterval",
                            "1000",
                            "org.quartz.jobStore.dataSource",
                            "bench"));
            properties.putAll(
                    Map.of(
                            "org.quartz.dataSource.bench.provider",
                            "hikaricp",
                            "org.quartz.dataSource.bench.driver",
                            "org.postgresql.Driver",
                            "org.quartz.dataSource.bench.URL",
                            place.target(),
                            "org.quartz.dataSource.bench.maxConnections",
                            Integer.toString(connections)));
            return properties;
        }

        private static JobDetail job(String name) {
            return JobBuilder.newJob(Body.class)
                    .withIdentity(name)
                    .storeDurably()
                    .requestRecovery()
                    .build();
        }

        private static Trigger trigger(long number, JobDetail job) {
            return TriggerBuilder.newTrigger()
                    .withIdentity("run-" + number)
                    .forJob(job)
                    .usingJobData("number", Long.toString(number))
                    .usingJobData("payload", Session.payload(number))
                    .startNow()
                    .build();
        }
    }
}
