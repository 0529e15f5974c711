package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** A fresh store for each test, and short ways of doing what tests do often. */
abstract class StoreTest {
    static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);
    static final KindVersion KIND = new KindVersion("test.kind", 1);
    static final KindVersion OTHER = new KindVersion("test.other", 2);

    final AtomicLong claims = new AtomicLong(1000);
    String url;
    PostgresStore store;

    @BeforeEach
    void open() {
        url = TestServer.freshUrl();
        // by a clock that stands still no look is slow, so that each goes over everything
        store = PostgresStore.at(url, true, () -> 0);
    }

    @AfterEach
    void close() {
        store.close();
    }

    NewJob job(long id, KindVersion kind, int priority, @Nullable Instant runAt) {
        return new NewJob(
                id,
                "q",
                kind.kind(),
                kind.version(),
                priority,
                "{\"n\":" + id + ",\"s\":\"ü€😀\"}",
                3,
                id % 2 == 0 ? RetryPolicy.standard().attempts(3) : null,
                id % 3 == 0 ? List.of("a", "b:c") : List.of(),
                NOW,
                runAt);
    }

    List<NewJob> jobs(int n, KindVersion kind, int priority) {
        long first = store.reserveIds(n).first();
        var made = new ArrayList<NewJob>();
        for (int i = 0; i < n; i++) {
            made.add(job(first + i, kind, priority, null));
        }
        return made;
    }

    long worker() {
        return store.register(new WorkerInfo("w/1", "1.0", Map.of("q", 5, "r", 6), NOW));
    }

    List<ClaimedJob> claim(long worker, int max, boolean sweep) {
        return store.claim(
                new ClaimRequest(
                        worker,
                        claims.incrementAndGet(),
                        "q",
                        Set.of(KIND, OTHER),
                        max,
                        sweep,
                        NOW));
    }

    static Ending ending(ClaimedJob job, long worker, Attempt.End end, Ending.Next next) {
        boolean failed = end == Attempt.End.FAILED || end == Attempt.End.DISCARDED;
        return new Ending(
                job.id(),
                job.claimId(),
                worker,
                job.attempt(),
                NOW,
                NOW.plusMillis(5),
                end,
                failed ? new ErrorInfo("E", "m\nn", "s") : null,
                end == Attempt.End.COMPLETED && job.id() % 2 == 0 ? "{\"r\":1}" : null,
                next,
                job.terms().unique() != null);
    }

    static Ending done(ClaimedJob job, long worker) {
        return ending(job, worker, Attempt.End.COMPLETED, new Ending.Next.Finished());
    }

    JobState state(long id) {
        return store.find(id).orElseThrow().state();
    }

    long beat(long worker) {
        return pulse(0, false).others().stream()
                .filter(s -> s.workerId() == worker)
                .findFirst()
                .orElseThrow()
                .beat();
    }

    PulseAnswer pulse(long worker, boolean beat) {
        return store.pulse(
                new Pulse(
                        worker,
                        beat,
                        0,
                        List.of(
                                new Pulse.Scope("q", Set.of(KIND, OTHER)),
                                new Pulse.Scope("none", Set.of(KIND))),
                        NOW));
    }

    PulseAnswer.Sighting sighting(long worker) {
        return pulse(0, false).others().stream()
                .filter(s -> s.workerId() == worker)
                .findFirst()
                .orElseThrow();
    }

    void execute(String text) throws Exception {
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(StoreUrl.parse(url).schema().in(text));
        }
    }
}
