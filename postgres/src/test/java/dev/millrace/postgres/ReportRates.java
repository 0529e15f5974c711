package dev.millrace.postgres;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.KindVersion;
import dev.millrace.job.Progress;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.WorkerInfo;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Prints rates of reports, each with progress and a checkpoint. Run by hand: {@code
 * MILLRACE_TEST_POSTGRES=… java … ReportRates}.
 */
final class ReportRates {
    private static final KindVersion WORK = new KindVersion("work", 1);
    private static final int JOBS = 1000;

    private final JobStore store;
    private final long me;
    private final List<ClaimedJob> jobs = new ArrayList<>();
    private int number;

    private ReportRates(JobStore store) {
        this.store = store;
        this.me = store.register(new WorkerInfo("w", "1", Map.of("q", JOBS), Instant.now()));
        var fresh = new ArrayList<NewJob>();
        long first = store.reserveIds(JOBS).first();
        for (int i = 0; i < JOBS; i++) {
            fresh.add(
                    new NewJob(
                            first + i,
                            "q",
                            WORK.kind(),
                            1,
                            4,
                            "{}",
                            10,
                            null,
                            List.of(),
                            Instant.now(),
                            null));
        }
        store.enqueue(fresh, false);
        while (jobs.size() < JOBS) {
            int left = JOBS - jobs.size();
            jobs.addAll(
                    store.claim(
                            new ClaimRequest(me, 1, "q", Set.of(WORK), left, true, Instant.now())));
        }
    }

    public static void main(String[] args) throws Exception {
        try (var store = PostgresStore.at(TestServer.freshUrl())) {
            var rates = new ReportRates(store);
            for (int round = 0; round < 3; round++) {
                for (int batch : new int[] {1, 20, 50, 200, 1000}) {
                    rates.report(batch);
                }
                rates.look();
            }
        }
    }

    private void report(int batch) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
        long since = System.nanoTime();
        int count = 0;
        while (System.nanoTime() < until) {
            number++;
            var now = Instant.now();
            var reports =
                    jobs.subList(0, batch).stream()
                            .map(job ->
                                    new Report(
                                            job.id(),
                                            job.claimId(),
                                            me,
                                            new Progress(
                                                    number, 1_000_000, "page " + number, 3, now),
                                            new Checkpoint(
                                                    number,
                                                    "{\"\":{\"v\":1,\"c\":" + number + "}}",
                                                    now),
                                            List.of(),
                                            null,
                                            null))
                            .toList();
            if (store.reports().report(reports).contains(Recorded.LOST)) {
                throw new IllegalStateException("a report was lost");
            }
            count++;
        }
        double seconds = (System.nanoTime() - since) / 1e9;
        System.out.printf(
                "reports by %-5d %,10.0f/s  %,8.0f batches/s  %.2f ms each%n",
                batch, count * batch / seconds, count / seconds, seconds / count * 1e3);
    }

    private void look() {
        var ids = jobs.stream().map(ClaimedJob::id).toList();
        long since = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            if (store.reports().progress(ids).size() != JOBS) {
                throw new IllegalStateException("a progress is missing");
            }
        }
        System.out.printf(
                "progress of %d jobs %.2f ms%n", JOBS, (System.nanoTime() - since) / 200 / 1e6);
    }
}
