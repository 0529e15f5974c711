package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.Recorded;
import dev.millrace.store.ReportStore;
import dev.millrace.store.RescueAnswer.Outcome;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * Reporting and completing in a handler's own transaction. Stores that take no part in any refuse
 * it.
 */
interface TransactionContract extends Contract {
    private ReportStore reports() {
        return bench().store().reports();
    }

    /** What a test does with a connection. */
    @FunctionalInterface
    interface Work {
        /** Does it; the connection's transaction is open. */
        void with(Connection connection) throws Exception;
    }

    /** Runs work on a connection, or sees that the store refuses connections. */
    private void inTransaction(Work work) throws Exception {
        var offered = bench().connection();
        if (offered.isEmpty()) {
            refuses();
            return;
        }
        try (Connection connection = offered.get()) {
            assertThat(connection.getAutoCommit()).isFalse();
            work.with(connection);
            connection.rollback();
        }
    }

    private void refuses() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var some = nobodysConnection();
        var slip = worker.says(job).checkpoint(1, "1").report();
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> reports().report(some, slip))
                .returns(Code.NOT_SUPPORTED, MillraceException::code);
        var ending = worker.ends(job).completed(null);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> reports().complete(some, ending))
                .returns(Code.NOT_SUPPORTED, MillraceException::code);
        assertThat(reports().look(id)).isEqualTo(JobReport.NONE);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
    }

    private static Connection nobodysConnection() {
        return (Connection)
                Proxy.newProxyInstance(
                        TransactionContract.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (proxy, method, arguments) -> {
                            throw new SQLException("nobody's connection");
                        });
    }

    @Test
    default void aReportCountsFromTheCommitOn() throws Exception {
        inTransaction(connection -> {
            var b = bench();
            long id = b.enqueue(b.job());
            var worker = b.worker();
            var slip = worker.says(worker.claimOnly(id)).progress(1, 2, "m");
            reports().report(connection, slip.checkpoint(1, "1").step(1, "a", "1").report());
            assertThat(reports().look(id)).isEqualTo(JobReport.NONE);
            connection.commit();
            assertThat(Objects.requireNonNull(reports().carried(id).checkpoint()).text())
                    .isEqualTo("1");
            assertThat(reports().look(id).steps()).hasSize(1);
        });
    }

    @Test
    default void aReportThatIsRolledBackNeverWas() throws Exception {
        inTransaction(connection -> {
            var b = bench();
            long id = b.enqueue(b.job());
            var worker = b.worker();
            var job = worker.claimOnly(id);
            worker.tell(worker.says(job).checkpoint(1, "1"));
            reports().report(connection, worker.says(job).checkpoint(2, "2").report());
            connection.rollback();
            assertThat(Objects.requireNonNull(reports().carried(id).checkpoint()).number())
                    .isEqualTo(1);
            assertThat(worker.tell(worker.says(job).checkpoint(2, "two")))
                    .isEqualTo(Recorded.RECORDED);
            assertThat(Objects.requireNonNull(reports().carried(id).checkpoint()).text())
                    .isEqualTo("two");
        });
    }

    @Test
    default void aJobIsCompletedFromTheCommitOnAndOnlyOnce() throws Exception {
        inTransaction(connection -> {
            var b = bench();
            long id = b.keyed(b.job().unique("k")).jobId();
            var worker = b.worker();
            var job = worker.claimOnly(id);
            var ending = worker.ends(job).completed("{\"n\":1}");
            reports().complete(connection, ending);
            assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
            assertThat(b.holder("k")).isEqualTo(id);
            connection.commit();
            assertThat(b.state(id))
                    .isEqualTo(new JobState.Completed(ending.endedAt(), false, "{\"n\":1}"));
            assertThat(b.holder("k")).isZero();
            assertThat(worker.report(ending)).isEqualTo(Recorded.ALREADY);
            assertThat(b.find(id).attempts()).hasSize(1);
            isLost(() -> reports().complete(connection, ending));
        });
    }

    @Test
    default void aCompletionThatIsRolledBackNeverWas() throws Exception {
        inTransaction(connection -> {
            var b = bench();
            long id = b.enqueue(b.job());
            var worker = b.worker();
            var job = worker.claimOnly(id);
            reports().complete(connection, worker.ends(job).completed("1"));
            connection.rollback();
            assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
            assertThat(b.find(id).attempts()).isEmpty();
            assertThat(reports().holds(worker.id(), job.claim())).isTrue();
            assertThat(worker.complete(job)).isEqualTo(Recorded.RECORDED);
        });
    }

    @Test
    default void aClaimThatIsNotHeldIsRefusedWithinTheTransaction() throws Exception {
        inTransaction(connection -> {
            var b = bench();
            var ids = b.enqueue(2, b.job());
            var dead = b.worker();
            var lost = dead.claimOnly(ids.get(0));
            b.bury(dead);
            var worker = b.worker();
            var again = worker.claimOnly(ids.get(1));
            worker.giveBack(again);
            worker.claimOnly(ids.get(0));
            for (var late : new Slip[] {dead.says(lost), worker.says(again)}) {
                var report = late.checkpoint(1, "1").report();
                isLost(() -> reports().report(connection, report));
                connection.rollback();
            }
            isLost(() -> reports().complete(connection, dead.ends(lost).completed(null)));
            connection.rollback();
            assertThat(b.stateName(ids.get(0))).isEqualTo(JobState.Name.RUNNING);
            assertThat(b.stateName(ids.get(1))).isEqualTo(JobState.Name.AVAILABLE);
            assertThat(b.leftovers()).isEmpty();
        });
    }

    private static void isLost(ThrowingCallable call) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(call)
                .returns(Code.LEASE_LOST, MillraceException::code);
    }

    @Test
    default void nobodyTakesAClaimAwayWhileItsTransactionIsOpen() throws Exception {
        for (boolean commits : new boolean[] {true, false}) {
            for (boolean completes : new boolean[] {true, false}) {
                inTransaction(connection -> rescueMeets(connection, commits, completes));
            }
        }
    }

    /** A rescue meets an open transaction in which a job reports or is completed. */
    private void rescueMeets(Connection connection, boolean commits, boolean completes)
            throws Exception {
        var b = bench();
        long id = b.enqueue(b.job());
        var dead = b.worker();
        var job = dead.claimOnly(id);
        long beat = b.sighting(dead).beat();
        if (completes) {
            reports().complete(connection, dead.ends(job).completed("1"));
        } else {
            reports().report(connection, dead.says(job).checkpoint(1, "1").report());
        }
        var begun = new CountDownLatch(1);
        try (var pool = Executors.newSingleThreadExecutor()) {
            var rescue =
                    pool.submit(() -> {
                        begun.countDown();
                        return rescueToTheEnd(dead.id(), beat);
                    });
            begun.await();
            assertThat(b.stateName(id)).isEqualTo(JobState.Name.RUNNING);
            if (commits) {
                connection.commit();
            } else {
                connection.rollback();
            }
            int returned = rescue.get();
            boolean done = commits && completes;
            assertThat(returned).isEqualTo(done ? 0 : 1);
        }
        var ends = b.find(id).attempts().stream().map(Attempt::end).toList();
        if (commits && completes) {
            assertThat(ends).containsExactly(Attempt.End.COMPLETED);
        } else {
            assertThat(ends).containsExactly(Attempt.End.RESCUED);
            assertThat(reports().carried(id).checkpoint() != null).isEqualTo(commits);
            isLost(() -> reports().complete(connection, dead.ends(job).completed(null)));
            connection.rollback();
            var worker = b.worker();
            worker.complete(worker.claimOnly(id));
        }
    }

    /** Step by step, with a bound; a store may say meanwhile that it cannot. */
    private int rescueToTheEnd(long workerId, long beat) {
        int returned = 0;
        for (int i = 0; i < 1_000_000; i++) {
            try {
                var step = bench().store().rescue(workerId, beat, 10, bench().tick());
                returned += step.returned();
                if (step.outcome() == Outcome.CLEARED) {
                    return returned;
                }
            } catch (MillraceException busy) {
                assertThat(busy.code()).isEqualTo(Code.STORE_UNAVAILABLE);
            }
        }
        throw new AssertionError("the rescue did not come to an end");
    }

    @Test
    default void anEndingBesideItsJobsOpenTransactionIsBusyAndHoldsUpNoOther() throws Exception {
        for (boolean completes : new boolean[] {true, false}) {
            for (boolean waits : new boolean[] {true, false}) {
                inTransaction(connection -> endingMeets(connection, completes, waits));
            }
        }
    }

    private void endingMeets(Connection connection, boolean completes, boolean waits)
            throws Exception {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        var worker = b.worker();
        var jobs = new ArrayList<ClaimedJob>();
        var endings = new ArrayList<Ending>();
        for (long id : ids) {
            var job = worker.claimOnly(id);
            var ends = worker.ends(job);
            Instant later = b.now().plusSeconds(60);
            jobs.add(job);
            endings.add(waits ? ends.waiting("go", 0, later) : ends.failed(later));
        }
        Ending second = endings.get(1);
        if (completes) {
            reports().complete(connection, worker.ends(jobs.get(1)).completed(null));
        } else {
            var slip = worker.says(jobs.get(1)).checkpoint(1, "1");
            reports().report(connection, slip.report());
        }
        assertThat(b.store().complete(endings))
                .containsExactly(Recorded.RECORDED, Recorded.BUSY, Recorded.RECORDED);
        assertThat(b.stateName(ids.get(1))).isEqualTo(JobState.Name.RUNNING);
        assertThat(b.stateName(ids.get(2))).isNotEqualTo(JobState.Name.RUNNING);
        assertThat(worker.report(second)).isEqualTo(Recorded.BUSY);
        connection.commit();
        assertThat(worker.report(second))
                .isEqualTo(completes ? Recorded.ALREADY : Recorded.RECORDED);
        assertThat(b.find(ids.get(1)).attempts()).hasSize(1);
    }

    @Test
    default void ofTwoTransactionsThatCompleteAJobOneCounts() throws Exception {
        inTransaction(first -> {
            var b = bench();
            long id = b.enqueue(b.job());
            var worker = b.worker();
            var job = worker.claimOnly(id);
            var ending = worker.ends(job).completed("1");
            reports().complete(first, ending);
            try (var pool = Executors.newSingleThreadExecutor();
                    Connection second = b.connection().orElseThrow()) {
                var late = pool.submit(() -> isLost(() -> reports().complete(second, ending)));
                first.commit();
                late.get();
                second.rollback();
            }
            assertThat(b.find(id).attempts()).hasSize(1);
        });
    }
}
