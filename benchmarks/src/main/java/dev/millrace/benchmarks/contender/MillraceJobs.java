package dev.millrace.benchmarks.contender;

import dev.millrace.Millrace;
import dev.millrace.admin.BulkAction;
import dev.millrace.admin.JobQuery;
import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Running;
import dev.millrace.benchmarks.harness.Session;
import dev.millrace.benchmarks.harness.TickDelays;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.Task;
import dev.millrace.postgres.PostgresStore;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Gate;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.TallyRange;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

/** Millrace itself, with every default: attempts, lease and history kept. */
public record MillraceJobs(Engine engine) implements Contender {
    private static final Duration SERIES_STEP = Duration.ofHours(6);
    private static final int DEFAULT_SLOTS = 64;

    private static final String UNFINISHED =
            """
            SELECT (SELECT count(*) FROM {s}available a JOIN {s}lane l ON l.id = a.lane
                    WHERE l.queue = 'default' AND l.kind = 'job')
                + (SELECT count(*) FROM {s}running)\
            """;

    record Mail(String to, long offer) {}

    private static final Task<Mail> JOB = Task.named("job", Mail.class);
    private static final Task<Mail> OTHER = JOB.queue("other");

    /** Nobody handles it, so that whoever of it is admitted stays so. */
    private static final Task<Mail> STAYS = Task.named("stays", Mail.class);

    private static final String KEY = "tenant";

    @Override
    public String name() {
        return engine == Engine.POSTGRES ? "millrace" : "millrace-sqlite";
    }

    @Override
    public String settings() {
        return "this commit, every default: 64 slots, history kept, retries, lease and rescue on";
    }

    @Override
    public Set<Offer> offers() {
        var all = EnumSet.allOf(Offer.class);
        if (engine == Engine.SQLITE) {
            all.remove(Offer.IN_TRANSACTION);
            all.remove(Offer.KEY_IN_TRANSACTION);
        }
        return all;
    }

    @Override
    public Map<Offer, String> reasons() {
        String why = "an embedded file has no caller's transaction";
        return Map.of(Offer.IN_TRANSACTION, why, Offer.KEY_IN_TRANSACTION, why);
    }

    @Override
    public int drainSlots() {
        return DEFAULT_SLOTS;
    }

    @Override
    public void prepare(Place place) {
        store(place).close();
    }

    @Override
    public List<String> httpServer(Place place) {
        String store =
                place.engine() == Engine.SQLITE ? "sqlite:" + place.target() : url(place.target());
        return List.of("web", "--port=0", "--json", "--store=" + store);
    }

    @Override
    public Session open(Place place, int callers) {
        return new Open(place, Millrace.builder().store(store(place)).start());
    }

    private static JobStore store(Place place) {
        return switch (place.engine()) {
            case SQLITE -> SqliteStore.at(place.file());
            case POSTGRES -> PostgresStore.at(url(place.target()));
        };
    }

    /** The JDBC URL of the place, with user and password where Millrace has them. */
    private static String url(String jdbc) {
        var uri = URI.create(jdbc.substring("jdbc:".length()));
        String user = "postgres";
        String password = "postgres";
        if (uri.getQuery() != null) {
            for (String part : uri.getQuery().split("&", -1)) {
                if (part.startsWith("user=")) {
                    user = part.substring(5);
                } else if (part.startsWith("password=")) {
                    password = part.substring(9);
                }
            }
        }
        return "postgresql://%s:%s@%s:%d%s"
                .formatted(user, password, uri.getHost(), uri.getPort(), uri.getPath());
    }

    private static final class Open implements Session {
        private final Place place;

        /** Works too while the session does, as one process that enqueues and works has it. */
        private volatile Millrace client;

        Open(Place place, Millrace client) {
            this.place = place;
            this.client = client;
        }

        @Override
        public void enqueue(long number) throws InterruptedException {
            client.enqueue(request(JOB, number));
        }

        @Override
        public void enqueueAll(LongStream numbers) throws InterruptedException {
            client.enqueueAll(numbers.mapToObj(number -> request(JOB, number)));
        }

        @Override
        public void enqueue(Connection transaction, long number) {
            client.enqueue(transaction, request(JOB, number));
        }

        @Override
        public void enqueueUnique(long number) throws InterruptedException {
            client.enqueue(request(JOB, number).unique("job:" + number));
        }

        @Override
        public void holdKey(Connection transaction, String key) {
            client.enqueue(transaction, request(OTHER, 0).unique(key));
        }

        @Override
        public void limitKeys(int perKey) {
            client.limitPerKey(JOB.queue(), KEY, perKey);
        }

        @Override
        public void blockKey(int count) throws InterruptedException {
            client.enqueueAll(
                    LongStream.range(0, count).mapToObj(n -> request(STAYS, n).key(KEY, "full")));
            var admits =
                    Millrace.builder()
                            .store(store(place))
                            .queue("elsewhere", 1)
                            .onlyNamedQueues()
                            .handle(JOB, (mail, job) -> null)
                            .start();
            try {
                var look = new Gate.Look(Set.of(), 100_000, Set.of(), 1, false, Instant.now());
                while (!client.store().limits().gate(look).entrants().isEmpty()) {
                    Pause.millis(20);
                }
            } finally {
                admits.close();
            }
        }

        @Override
        public void enqueueKeyed(LongStream numbers, int keys) throws InterruptedException {
            client.enqueueAll(numbers.mapToObj(n -> request(JOB, n).key(KEY, "t" + n % keys)));
        }

        @Override
        public long cancelBacklog() throws InterruptedException {
            var filter = new JobFilter(null, OTHER.queue(), null, null);
            var ended = client.bulk(BulkAction.Kind.CANCEL, filter, "measured").run();
            if (ended.phase() != BulkAction.Phase.DONE) {
                throw new IllegalStateException("expected a mass cancel to end, got " + ended);
            }
            return ended.done();
        }

        @Override
        public Map<String, Callable<?>> looks() {
            JobStore store = client.store();
            var looks = new LinkedHashMap<String, Callable<?>>();
            for (var state :
                    List.of(
                            JobState.Name.AVAILABLE,
                            JobState.Name.SCHEDULED,
                            JobState.Name.COMPLETED)) {
                var filter = new JobFilter(state, null, null, null);
                var next = new AtomicReference<@Nullable String>();
                looks.put(
                        state.text() + ", page 1",
                        () -> {
                            JobPage page = store.list(filter, 50, null);
                            next.set(page.next());
                            return page;
                        });
                looks.put(state.text() + ", page 2", () -> store.list(filter, 50, next.get()));
            }
            looks.put(
                    "of a queue",
                    () -> store.list(new JobFilter(null, OTHER.queue(), null, null), 50, null));
            looks.put("queues", store::queues);
            looks.put("workers", store::workers);
            for (String search :
                    List.of(
                            "payload.offer:17",
                            "payload:nowhere",
                            "key:tenant=none",
                            "state:completed payload.offer:17",
                            "state:scheduled tag:none",
                            "state:available kind:other payload.to:nobody")) {
                var query = JobQuery.parse(search);
                looks.put("search " + search, () -> client.search(query, 50, null));
            }
            looks.put("kinds", store::kinds);
            looks.put("errors", () -> client.failures(null, null, 50));
            looks.put("series of 30 days", () -> series(store));
            return looks;
        }

        private static Object series(JobStore store) {
            Instant now = Instant.now();
            return store.tallies()
                    .sums(new TallyRange(null, now.minus(Duration.ofDays(30)), now, SERIES_STEP));
        }

        @Override
        public void yearly(int count) {
            MillraceSchedules.yearly(client, JOB.with(new Mail("someone", 0)), count);
        }

        @Override
        public TickDelays tickDelays(int count, Duration over) throws InterruptedException {
            return MillraceSchedules.tickDelays(
                    client, JOB.with(new Mail("someone", 1)), count, over);
        }

        @Override
        public Running work(int slots, JobBody body) {
            client.close();
            client =
                    Millrace.builder()
                            .store(store(place))
                            .drain(Duration.ofSeconds(5))
                            .queue("default", slots)
                            .handle(
                                    JOB,
                                    (mail, job) -> {
                                        body.run(mail.offer());
                                        return null;
                                    })
                            .start();
            return () -> {
                client.close();
                client = Millrace.builder().store(store(place)).start();
            };
        }

        @Override
        public Running report(Reporting reporting, int jobs, Runnable unit, BooleanSupplier stop) {
            var worker =
                    Millrace.builder()
                            .store(store(place))
                            .drain(Duration.ofSeconds(5))
                            .queue("default", jobs)
                            .handle(JOB, (mail, job) -> units(job, reporting, unit, stop))
                            .start();
            return worker::close;
        }

        /** The wait stands for a call to something slow. */
        private static @Nullable Object units(
                JobContext job, Reporting reporting, Runnable unit, BooleanSupplier stop)
                throws InterruptedException {
            for (long done = 1; !stop.getAsBoolean(); done++) {
                Pause.millis(10);
                unit.run();
                if (reporting != Reporting.NOTHING) {
                    job.progress(done, 0);
                }
                if (reporting == Reporting.CHECKPOINTS && done % 10 == 0) {
                    job.checkpoint(done);
                }
            }
            return null;
        }

        @Override
        public void readProgress() {
            var running = new JobFilter(JobState.Name.RUNNING, null, null, null);
            var ids = client.store().ids(running, 1_000, null).ids();
            client.store().reports().progress(ids);
        }

        @Override
        public void preload(Backlog backlog, int count) throws Exception {
            LongStream numbers = LongStream.range(1_000_000_000L, 1_000_000_000L + count);
            switch (backlog) {
                case FUTURE ->
                        client.enqueueAll(
                                numbers.mapToObj(n ->
                                        request(JOB, n)
                                                .delay(Duration.ofDays(1).plusMillis(n % 10_000))));
                case OTHER_QUEUE -> client.enqueueAll(numbers.mapToObj(n -> request(OTHER, n)));
                case KEPT -> {
                    client.enqueueAll(numbers.mapToObj(n -> request(OTHER, n)));
                    finishAll();
                }
            }
        }

        private void finishAll() {
            JobStore store = client.store();
            long worker =
                    store.register(
                            new WorkerInfo("preload", "1", Map.of("other", 1), Instant.now()));
            long claim = worker << 32;
            boolean sweep = false;
            // as a worker does: a sweep before it rests
            while (true) {
                var request =
                        new ClaimRequest(
                                worker,
                                ++claim,
                                "other",
                                Set.of(new KindVersion("job", 1)),
                                ClaimRequest.MAX,
                                sweep,
                                Instant.now());
                List<ClaimedJob> jobs = store.claim(request);
                store.complete(jobs.stream().map(job -> completed(job, worker)).toList());
                if (jobs.isEmpty() && sweep) {
                    break;
                }
                sweep = jobs.isEmpty();
            }
            store.deregister(worker);
        }

        private static Ending completed(ClaimedJob job, long worker) {
            Instant now = Instant.now();
            return new Ending(
                    job.id(),
                    job.claimId(),
                    worker,
                    job.attempt(),
                    now,
                    now,
                    Attempt.End.COMPLETED,
                    null,
                    null,
                    new Ending.Next.Finished(),
                    false);
        }

        @Override
        public long unfinished() throws SQLException {
            String schema = place.engine() == Engine.POSTGRES ? "millrace." : "";
            return Sql.number(place, UNFINISHED.replace("{s}", schema));
        }

        @Override
        public void close() {
            client.close();
        }

        private static JobRequest<Mail> request(Task<Mail> task, long number) {
            return task.with(new Mail("person-" + number + "@example.org", number));
        }
    }
}
