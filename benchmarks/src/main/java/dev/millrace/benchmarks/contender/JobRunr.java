package dev.millrace.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;

import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Running;
import dev.millrace.benchmarks.harness.Session;

import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** JobRunr, the free edition, with its PostgreSQL storage. */
public record JobRunr(Tuning tuning) implements Contender {
    private static final String UNFINISHED =
            "SELECT count(*) FROM jobrunr_jobs WHERE state IN ('ENQUEUED', 'PROCESSING')";
    private static final String MULTIPLY =
            """
            INSERT INTO jobrunr_jobs (id, version, jobAsJson, jobSignature, state, createdAt,
              updatedAt, scheduledAt)
            SELECT fresh, version, replace(jobAsJson, id, fresh), jobSignature, state, createdAt,
              updatedAt, scheduledAt + n * interval '10 ms'
            FROM (SELECT *, gen_random_uuid()::text AS fresh
                  FROM jobrunr_jobs, generate_series(2, %d) n WHERE state = 'SCHEDULED') j\
            """;

    @Override
    public String name() {
        return tuning == Tuning.DEFAULT ? "jobrunr-defaults" : "jobrunr";
    }

    @Override
    public String settings() {
        return switch (tuning) {
            case BEST, TRIED ->
                    "8.7.0, job requests, Jackson 3, pollInterval 5s (its least), 100 workers on"
                            + " virtual threads, pool of 20; bulk by enqueue(Stream)";
            case DEFAULT -> "8.7.0, nothing set (pollInterval 15s) but the number of workers";
        };
    }

    @Override
    public Engine engine() {
        return Engine.POSTGRES;
    }

    @Override
    public Set<Offer> offers() {
        return switch (tuning) {
            case BEST, TRIED ->
                    Set.of(
                            Offer.ENQUEUE,
                            Offer.BULK,
                            Offer.WORK,
                            Offer.PICKUP,
                            Offer.FUTURE_JOBS,
                            Offer.SLEEP_10K,
                            Offer.RECOVERY);
            case DEFAULT -> Set.of(Offer.PICKUP, Offer.RECOVERY);
        };
    }

    @Override
    public Map<Offer, String> reasons() {
        return Map.of(
                Offer.IN_TRANSACTION, "sold in another edition",
                Offer.OTHER_QUEUE, "sold in another edition");
    }

    @Override
    public int share(int jobs) {
        return Math.max(1, jobs / 5);
    }

    @Override
    public int drainSlots() {
        return 100;
    }

    @Override
    public void prepare(Place place) {
        open(place, 1).close();
    }

    @Override
    public Session open(Place place, int callers) {
        var pool = place.pool(Math.max(callers, 20));
        var mapper = new Jackson3JsonMapper();
        var storage = new PostgresStorageProvider(pool);
        storage.setJobMapper(new JobMapper(mapper));
        return new Open(place, tuning, pool, mapper, storage, new JobRequestScheduler(storage));
    }

    /** One job. */
    public record Request(long number, String payload) implements JobRequest {
        @Override
        public Class<Handler> getJobRequestHandler() {
            return Handler.class;
        }
    }

    /** Runs the body it was made with. */
    public static final class Handler implements JobRequestHandler<Request> {
        private final JobBody body;

        Handler(JobBody body) {
            this.body = body;
        }

        @Override
        public void run(Request request) throws InterruptedException {
            body.run(request.number());
        }
    }

    private record Open(
            Place place,
            Tuning tuning,
            HikariDataSource pool,
            Jackson3JsonMapper mapper,
            PostgresStorageProvider storage,
            JobRequestScheduler scheduler)
            implements Session {
        @Override
        public void enqueue(long number) {
            scheduler.enqueue(request(number));
        }

        @Override
        public void enqueueAll(LongStream numbers) {
            scheduler.enqueue(numbers.mapToObj(Open::request));
        }

        @Override
        public Running work(int slots, JobBody body) {
            var configuration =
                    BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                            .andWorkerCount(slots);
            if (tuning != Tuning.DEFAULT) {
                configuration.andPollInterval(Duration.ofSeconds(5));
            }
            var handler = new Handler(body);
            var activator =
                    new JobActivator() {
                        @Override
                        public <T> T activateJob(Class<T> type) {
                            return type.cast(handler);
                        }
                    };
            var server = new BackgroundJobServer(storage, mapper, activator, configuration);
            server.start();
            return server::stop;
        }

        @Override
        public void preload(Backlog backlog, int count) throws SQLException {
            // The first server on a new database rewrites every scheduled job once.
            try (var first = work(1, number -> {})) {
                Pause.millis(5_000);
            }
            scheduler.schedule(Instant.now().plus(Duration.ofDays(1)), request(0));
            Sql.execute(place, MULTIPLY.formatted(count));
        }

        @Override
        public long unfinished() throws SQLException {
            return Sql.number(place, UNFINISHED);
        }

        @Override
        public void close() {
            scheduler.shutdown();
            storage.close();
            pool.close();
        }

        private static Request request(long number) {
            return new Request(number, Session.payload(number));
        }
    }
}
