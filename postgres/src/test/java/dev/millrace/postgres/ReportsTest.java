package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.LogLine;
import dev.millrace.job.LogLine.Level;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.Progress;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Ending.Next.Waiting;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.RescueAnswer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** What is PostgreSQL's own about reports and signals: transactions that overlap, and bounds. */
class ReportsTest extends StoreTest {

    private ClaimedJob running(long worker) {
        store.enqueue(jobs(1, KIND, 4), false);
        return claim(worker, 1, true).getFirst();
    }

    private static Report report(
            ClaimedJob job,
            long worker,
            @Nullable Checkpoint checkpoint,
            List<StepRecord> steps,
            Report.@Nullable LogChunk log) {
        return new Report(job.id(), job.claimId(), worker, null, checkpoint, steps, log, null);
    }

    private static Report checkpoint(ClaimedJob job, long worker, int number) {
        var checkpoint = new Checkpoint(number, "{\"\":{\"v\":1,\"c\":" + number + "}}", NOW);
        return report(job, worker, checkpoint, List.of(), null);
    }

    private static List<StepRecord> steps(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> new StepRecord(i, "s" + i, "{}", 1, NOW))
                .toList();
    }

    private static Ending waiting(ClaimedJob job, long worker, String signal, Instant until) {
        return ending(
                job, worker, Attempt.End.WAITED, new Waiting(signal, 0, until, job.attempt()));
    }

    private Connection transaction() throws Exception {
        var connection = StoreUrl.parse(url).source().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private long rows() throws Exception {
        long sum = 0;
        for (var table :
                List.of("attempt_state", "job_log", "job_step", "job_signal", "signal_wait")) {
            var text = StoreUrl.parse(url).schema().in("select count(*) from {schema}." + table);
            try (var connection = StoreUrl.parse(url).source().getConnection();
                    var statement = connection.createStatement();
                    var row = statement.executeQuery(text)) {
                row.next();
                sum += row.getLong(1);
            }
        }
        return sum;
    }

    @Test
    void aReportInACallersTransactionCountsOnlyIfThatCommits() throws Exception {
        long me = worker();
        var job = running(me);
        try (var connection = transaction()) {
            store.reports().report(connection, report(job, me, null, steps(2), null));
            connection.rollback();
            assertThat(store.reports().carried(job.id())).isEqualTo(Carried.NOTHING);
            store.reports().report(connection, report(job, me, null, steps(2), null));
            store.reports().report(connection, checkpoint(job, me, 1));
            assertThat(store.reports().carried(job.id())).isEqualTo(Carried.NOTHING);
            connection.commit();
        }
        var carried = store.reports().carried(job.id());
        assertThat(carried.steps()).isEqualTo(steps(2));
        assertThat(carried.checkpoint()).isEqualTo(checkpoint(job, me, 1).checkpoint());
    }

    @Test
    void aClaimCannotBeTakenAwayWhileATransactionReportsUnderIt() throws Exception {
        long me = worker();
        var job = running(me);
        try (var connection = transaction()) {
            store.reports().report(connection, checkpoint(job, me, 1));
            var answer = store.rescue(me, beat(me), 10, NOW);
            assertThat(answer).isEqualTo(new RescueAnswer(RescueAnswer.Outcome.MORE, 0, 0));
            connection.commit();
            assertThat(store.rescue(me, 0, 10, NOW).returned()).isEqualTo(1);
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> store.reports().report(connection, checkpoint(job, me, 2)))
                    .matches(e -> e.code() == Code.LEASE_LOST);
        }
        assertThat(store.reports().report(List.of(checkpoint(job, me, 2))))
                .containsExactly(Recorded.LOST);
    }

    @Test
    void aCompletionInACallersTransactionHappensIfThatCommits() throws Exception {
        long me = worker();
        var job = running(me);
        try (var connection = transaction()) {
            store.reports().complete(connection, done(job, me));
            connection.rollback();
            assertThat(store.reports().holds(me, job.claim())).isTrue();
            store.reports().complete(connection, done(job, me));
            assertThat(state(job.id()).name()).isEqualTo(JobState.Name.RUNNING);
            connection.commit();
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> store.reports().complete(connection, done(job, me)))
                    .matches(e -> e.code() == Code.LEASE_LOST);
        }
        assertThat(store.reports().holds(me, job.claim())).isFalse();
        assertThat(state(job.id()).name()).isEqualTo(JobState.Name.COMPLETED);
        assertThat(store.complete(List.of(done(job, me)))).containsExactly(Recorded.ALREADY);
    }

    @Test
    void aSignalAndAWaitRecordedAtOnceNeverMissEachOther() throws Exception {
        long me = worker();
        var barrier = new CyclicBarrier(2);
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 200; round++) {
                var job = running(me);
                var wait =
                        threads.submit(() -> {
                            barrier.await();
                            return store.complete(
                                    List.of(waiting(job, me, "go", Waiting.FOR_EVER)));
                        });
                var sent =
                        threads.submit(() -> {
                            barrier.await();
                            return store.reports().signal(job.id(), "go", "1", NOW);
                        });
                assertThat(wait.get()).containsExactly(Recorded.RECORDED);
                assertThat(sent.get()).isPresent();
                assertThat(state(job.id()))
                        .as("round " + round)
                        .isInstanceOf(JobState.Available.class);
                assertThat(claim(me, 1, true)).extracting(ClaimedJob::id).containsExactly(job.id());
            }
        }
    }

    @Test
    void aWaitThatIsOverMovesNothing() throws Exception {
        long me = worker();
        var job = running(me);
        var until = NOW.plus(Duration.ofHours(1));
        store.complete(List.of(waiting(job, me, "go", until)));
        assertThat(store.reports().look(job.id()).waitsFor()).isEqualTo("go");
        store.retry(List.of(job.id()), NOW);
        var again = claim(me, 1, true).getFirst();
        var sleeps = new Ending.Next.Again(until, again.attempt(), 0);
        store.complete(List.of(ending(again, me, Attempt.End.SLEPT, sleeps)));
        assertThat(store.reports().look(job.id()).waitsFor()).isNull();
        assertThat(store.reports().signal(job.id(), "go", "1", NOW))
                .contains(JobState.Name.SCHEDULED);
        assertThat(state(job.id())).isEqualTo(new JobState.Scheduled(until, false));
    }

    @Test
    void aLogIsCutBackToItsNewestLines() {
        long me = worker();
        var job = running(me);
        String text = "x".repeat(3990);
        for (int chunk = 1; chunk <= 50; chunk++) {
            int number = chunk;
            var lines =
                    IntStream.range(0, 10)
                            .mapToObj(i ->
                                    new LogLine(
                                            NOW,
                                            Level.INFO,
                                            "%04d%s".formatted(number * 10 + i, text)))
                            .toList();
            var report = report(job, me, null, List.of(), new Report.LogChunk(chunk, lines));
            assertThat(store.reports().report(List.of(report, other(me))))
                    .containsExactly(Recorded.RECORDED, Recorded.LOST);
            // the same again, as after a lost answer
            store.reports().report(List.of(report));
        }
        var log = store.reports().look(job.id()).log();
        int chars = log.stream().mapToInt(line -> line.message().length()).sum();
        assertThat(chars).isBetween(LogLine.MAX_LOG - 50_000, LogLine.MAX_LOG + (65 << 10));
        assertThat(log.getLast().message()).startsWith("0509");
        assertThat(log)
                .isSortedAccordingTo((a, b) ->
                        a.message().substring(0, 4).compareTo(b.message().substring(0, 4)));
    }

    private static Report other(long worker) {
        var progress = new Progress(1, 2, null, 0, NOW);
        return new Report(999_999, 1, worker, progress, null, List.of(), null, null);
    }

    @Test
    void muchThatJobsLeftIsRemovedInSteps() throws Exception {
        long me = worker();
        for (int i = 0; i < 6; i++) {
            var job = running(me);
            if (i > 0) {
                var log = new LogLine(NOW, Level.INFO, "m");
                var chunk = new Report.LogChunk(1, List.of(log));
                store.reports().report(List.of(report(job, me, null, steps(9_000), chunk)));
                store.reports().signal(job.id(), "go", "1", NOW);
            }
            store.complete(List.of(done(job, me)));
        }
        long before = rows();
        assertThat(before).isEqualTo(5 * 9_003);
        var rules = PruneRules.finishedBefore(NOW.plus(Duration.ofHours(1)));
        long next = store.prune(rules, 0, 1000);
        assertThat(next).isPositive();
        assertThat(before - rows()).isBetween(20_000L, 30_000L);
        while (next > 0) {
            next = store.prune(rules, next, 1000);
        }
        assertThat(rows()).isZero();
        assertThat(store.find(1)).isEmpty();
    }

    @Test
    void deletedJobsLeaveNothing() throws Exception {
        long me = worker();
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 4; i++) {
            var job = running(me);
            ids.add(job.id());
            store.reports().report(List.of(report(job, me, null, steps(9_000), null)));
            store.complete(List.of(done(job, me)));
        }
        assertThat(store.delete(ids)).hasSize(4);
        assertThat(rows()).isZero();
        assertThat(store.reports().look(ids.getFirst())).isEqualTo(JobReport.NONE);
        assertThat(store.find(ids.getLast())).isEmpty();
    }
}
