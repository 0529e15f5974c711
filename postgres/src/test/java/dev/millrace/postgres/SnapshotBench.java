package dev.millrace.postgres;

import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.WorkerInfo;

import java.sql.Connection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an idle worker's looks cost while a transaction held open elsewhere keeps the dead rows of
 * jobs long gone: {@code java … SnapshotBench [jobs]}. Not a test; prints medians.
 */
final class SnapshotBench {
    private static final KindVersion KIND = new KindVersion("bench.noop", 1);
    private static final int STEP = 5_000;
    private static final int LOOKS = 21;

    private final String url = TestServer.freshUrl();
    private final PostgresStore store = PostgresStore.at(url);
    private final long worker =
            store.register(new WorkerInfo("bench", "1", Map.of("q", 1), Instant.now()));
    private long claimId;

    public static void main(String[] args) throws Exception {
        int jobs = args.length > 0 ? Integer.parseInt(args[0]) : 500_000;
        var bench = new SnapshotBench();
        bench.report("nothing dead");
        try (var holder = StoreUrl.parse(bench.url).source().getConnection()) {
            hold(holder);
            bench.pass(jobs);
            bench.report("%,d jobs promoted and claimed under a snapshot".formatted(jobs));
        }
        bench.store.close();
    }

    private static void hold(Connection holder) throws Exception {
        holder.setAutoCommit(false);
        holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (var statement = holder.createStatement()) {
            statement.execute("select count(*) from pg_class");
        }
    }

    /** Jobs due at once: scheduled, promoted, claimed. */
    private void pass(int jobs) {
        Instant due = Instant.now().truncatedTo(ChronoUnit.MICROS);
        for (int done = 0; done < jobs; done += STEP) {
            long first = store.reserveIds(STEP).first();
            var some = new ArrayList<NewJob>(STEP);
            for (int i = 0; i < STEP; i++) {
                some.add(
                        new NewJob(
                                first + i,
                                "q",
                                KIND.kind(),
                                1,
                                4,
                                "{}",
                                10,
                                null,
                                List.of(),
                                due.minusSeconds(60),
                                due.plusNanos(1000L * (done + i))));
            }
            store.enqueue(some, false);
        }
        Instant now = due.plusSeconds(60);
        while (store.promote(now, STEP).promoted() > 0) {
            // until none is due
        }
        while (!store.claim(request(false)).isEmpty()) {
            // until none is left
        }
    }

    private ClaimRequest request(boolean sweep) {
        return new ClaimRequest(
                worker, ++claimId, "q", Set.of(KIND), ClaimRequest.MAX, sweep, Instant.now());
    }

    private void report(String what) {
        var scopes = List.of(new Pulse.Scope("q", Set.of(KIND)));
        System.out.printf(
                "%s:%n  pulse %.2f ms, promote %.2f ms, claim %.2f ms, sweep %.2f ms%n",
                what,
                median(() -> store.pulse(new Pulse(worker, false, 0, scopes, Instant.now()))),
                median(() -> store.promote(Instant.now().plusSeconds(120), STEP)),
                median(() -> store.claim(request(false))),
                median(() -> store.claim(request(true))));
    }

    private static double median(Runnable look) {
        var nanos = new long[LOOKS];
        for (int i = 0; i < LOOKS; i++) {
            long began = System.nanoTime();
            look.run();
            nanos[i] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        return nanos[LOOKS / 2] / 1e6;
    }
}
