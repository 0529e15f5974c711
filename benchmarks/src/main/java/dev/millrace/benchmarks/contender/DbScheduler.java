package dev.millrace.benchmarks.contender;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;

import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Running;
import dev.millrace.benchmarks.harness.Session;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** db-scheduler: one table, lock-and-fetch. */
public record DbScheduler(Tuning tuning) implements Contender {
    private static final String SCHEMA =
            """
            CREATE TABLE scheduled_tasks (
              task_name text NOT NULL, task_instance text NOT NULL, task_data bytea,
              execution_time timestamptz NOT NULL, picked boolean NOT NULL, picked_by text,
              last_success timestamptz, last_failure timestamptz, consecutive_failures int,
              last_heartbeat timestamptz, version bigint NOT NULL, priority smallint,
              PRIMARY KEY (task_name, task_instance));
            CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
            CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)\
            """;
    private static final String FUTURE =
            """
            INSERT INTO scheduled_tasks
              (task_name, task_instance, task_data, execution_time, picked, version)
            SELECT 'job', 'later-' || n, convert_to('{"to":"person"}', 'UTF8'),
              now() + interval '1 day' + n * interval '10 ms', false, 1
            FROM generate_series(1, %d) n\
            """;
    private static final String UNFINISHED =
            "SELECT count(*) FROM scheduled_tasks WHERE execution_time < now() + interval '1 hour'";
    private static final int PLATFORM_THREADS_MOST = 200;

    @Override
    public String name() {
        return switch (tuning) {
            case BEST -> "db-scheduler";
            case TRIED -> "db-scheduler-tried";
            case DEFAULT -> "db-scheduler-defaults";
        };
    }

    @Override
    public String settings() {
        return switch (tuning) {
            case BEST ->
                    "16.12.0, pollUsingLockAndFetch(2.0, 6.0), 100 threads, pool of 40,"
                            + " enableImmediateExecution, pollingInterval 50ms, heartbeatInterval"
                            + " 1s x 4; bulk by scheduleBatch with the driver's"
                            + " reWriteBatchedInserts; JSON bytes instead of Java"
                            + " serialization; 10,000 slots on virtual threads";
            case TRIED ->
                    "16.12.0, as db-scheduler but pollUsingLockAndFetch(4.0, 20.0), 50 threads,"
                            + " pool of 50: the fastest of a dozen combinations tried on two cores";
            case DEFAULT -> "16.12.0, nothing set but the number of threads";
        };
    }

    @Override
    public Engine engine() {
        return Engine.POSTGRES;
    }

    @Override
    public Set<Offer> offers() {
        return switch (tuning) {
            case BEST ->
                    Set.of(
                            Offer.ENQUEUE,
                            Offer.BULK,
                            Offer.IN_TRANSACTION,
                            Offer.WORK,
                            Offer.PICKUP,
                            Offer.FUTURE_JOBS,
                            Offer.SLEEP_10K,
                            Offer.RECOVERY);
            case TRIED -> Set.of(Offer.BULK, Offer.WORK);
            case DEFAULT -> Set.of(Offer.PICKUP, Offer.RECOVERY);
        };
    }

    @Override
    public Map<Offer, String> reasons() {
        return Map.of(
                Offer.KEPT_JOBS, "completed jobs are deleted",
                Offer.OTHER_QUEUE, "it has no queues",
                Offer.SLEEP_100K, "each heartbeat updates every running job");
    }

    @Override
    public int drainSlots() {
        return tuning == Tuning.TRIED ? 50 : 100;
    }

    @Override
    public void prepare(Place place) throws SQLException {
        Sql.execute(place, SCHEMA);
    }

    @Override
    public Session open(Place place, int callers) {
        return new Open(
                place, tuning, place.pool(Math.max(callers, tuning == Tuning.TRIED ? 50 : 40)));
    }

    private static final class Open implements Session {
        private final Place place;
        private final Tuning tuning;
        private final HikariDataSource pool;
        private final OneTimeTask<String> unhandled = task(number -> {});
        private final SchedulerClient inTransaction;
        private SchedulerClient client;

        Open(Place place, Tuning tuning, HikariDataSource pool) {
            this.place = place;
            this.tuning = tuning;
            this.pool = pool;
            this.client =
                    SchedulerClient.Builder.create(pool, unhandled)
                            .serializer(new Text())
                            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, true))
                            .build();
            this.inTransaction =
                    SchedulerClient.Builder.create(new CallersConnection(), unhandled)
                            .serializer(new Text())
                            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, true))
                            .build();
        }

        @Override
        public void enqueue(long number) {
            client.scheduleIfNotExists(instance(number), Instant.now());
        }

        @Override
        public void enqueue(Connection transaction, long number) {
            ScopedValue.where(CallersConnection.CURRENT, transaction)
                    .run(() -> inTransaction.scheduleIfNotExists(instance(number), Instant.now()));
        }

        @Override
        public void enqueueAll(LongStream numbers) {
            Stream<TaskInstance<?>> instances = numbers.mapToObj(this::instance);
            client.scheduleBatch(instances, Instant.now());
        }

        @Override
        public Running work(int slots, JobBody body) {
            var builder =
                    Scheduler.create(pool, task(body))
                            .threads(slots)
                            .schedulerName(new SchedulerName.Fixed(UUID.randomUUID().toString()))
                            .serializer(new Text())
                            .shutdownMaxWait(Duration.ofSeconds(5));
            if (tuning == Tuning.TRIED) {
                builder.pollUsingLockAndFetch(4.0, 20.0).pollingInterval(Duration.ofMillis(50));
            }
            if (tuning == Tuning.BEST) {
                builder.pollUsingLockAndFetch(2.0, 6.0)
                        .enableImmediateExecution()
                        .pollingInterval(Duration.ofMillis(50))
                        .heartbeatInterval(Duration.ofSeconds(1))
                        .missedHeartbeatsLimit(4);
            }
            if (slots > PLATFORM_THREADS_MOST) {
                builder.executorService(Executors.newVirtualThreadPerTaskExecutor());
            }
            var scheduler = builder.build();
            scheduler.start();
            client = scheduler;
            return scheduler::stop;
        }

        @Override
        public void preload(Backlog backlog, int count) throws SQLException {
            Sql.execute(place, FUTURE.formatted(count));
        }

        @Override
        public long unfinished() throws SQLException {
            return Sql.number(place, UNFINISHED);
        }

        @Override
        public void close() {
            pool.close();
        }

        private TaskInstance<String> instance(long number) {
            return unhandled.instance(Long.toString(number), Session.payload(number));
        }

        private static OneTimeTask<String> task(JobBody body) {
            return Tasks.oneTime("job", String.class)
                    .execute((instance, context) -> {
                        try {
                            instance.getData();
                            body.run(Long.parseLong(instance.getId()));
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }
    }

    /** The payload as it is: the smallest serializer there can be. */
    private static final class Text implements Serializer {
        @Override
        public byte[] serialize(Object data) {
            return data.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public <T> T deserialize(Class<T> type, byte[] bytes) {
            return type.cast(new String(bytes, StandardCharsets.UTF_8));
        }
    }
}
