package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.Carried;
import dev.millrace.store.Ending.Next.Waiting;
import dev.millrace.store.Recorded;
import dev.millrace.store.ReportStore;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Signals that are sent to jobs, and jobs that wait for them. */
interface WaitContract extends Contract {
    private ReportStore reports() {
        return bench().store().reports();
    }

    private Optional<JobState.Name> send(long jobId, String name, String payload) {
        return reports().signal(jobId, name, payload, bench().tick());
    }

    /** A job that waits for a signal and saw so many of them before. */
    private long waiting(String signal, int seen, Instant until) {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        for (int i = 0; i < seen; i++) {
            send(id, signal, "" + i);
        }
        worker.report(worker.ends(job).waiting(signal, seen, until));
        return id;
    }

    @Test
    default void aJobThatWaitsIsScheduledAndSaysForWhat() {
        var b = bench();
        var until = b.now().plusSeconds(60);
        long id = waiting("go", 0, until);
        assertThat(b.state(id)).isEqualTo(new JobState.Scheduled(until, false));
        assertThat(reports().look(id).waitsFor()).isEqualTo("go");
        var last = b.find(id).attempts().getLast();
        assertThat(last.end()).isEqualTo(Attempt.End.WAITED);
        assertThat(last.number()).isEqualTo(1);
        assertThat(b.worker().claim(1)).isEmpty();
        assertThat(b.worker().pulse().nextDue()).isEqualTo(until);
    }

    @Test
    default void aSignalWakesTheJobThatWaitsForIt() {
        var b = bench();
        long id = waiting("go", 0, Waiting.FOR_EVER);
        assertThat(b.promoteAll()).isZero();
        assertThat(send(id, "go", "{\"n\":1}")).contains(JobState.Name.SCHEDULED);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(reports().look(id).waitsFor()).isNull();
        var job = b.worker().claimOnly(id);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.rescues()).isZero();
        assertThat(reports().carried(id).signals())
                .containsExactly(new Carried.Signal("go", "{\"n\":1}"));
        assertThat(b.worker().pulse().nextDue()).isNull();
    }

    @Test
    default void aJobWokenByASignalWaitsItsTurn() {
        var b = bench();
        long id = waiting("go", 0, Waiting.FOR_EVER);
        var before = b.enqueue(2, b.job());
        send(id, "go", "1");
        var after = b.enqueue(b.job());
        assertThat(Bench.ids(b.worker().claim(10)))
                .containsExactly(before.get(0), before.get(1), id, after);
    }

    @Test
    default void anotherSignalWakesNobody() {
        var b = bench();
        long id = waiting("go", 0, Waiting.FOR_EVER);
        long other = waiting("go", 0, Waiting.FOR_EVER);
        for (String name : List.of("Go", "go ", "stop", "g", "goo", "%", "g_")) {
            assertThat(send(id, name, "1")).contains(JobState.Name.SCHEDULED);
        }
        assertThat(reports().look(id).waitsFor()).isEqualTo("go");
        send(other, "go", "1");
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(b.stateName(other)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(reports().carried(id).signals()).hasSize(7);
    }

    @Test
    default void aSignalThatCameBeforeTheWaitIsNotMissed() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        var worker = b.worker();
        send(ids.get(0), "go", "1");
        var jobs = worker.claim(3);
        send(ids.get(1), "go", "1");
        send(ids.get(2), "stop", "1");
        for (var job : jobs) {
            worker.report(worker.ends(job).waiting("go", 0, Waiting.FOR_EVER));
        }
        assertThat(ids.stream().map(b::stateName))
                .containsExactly(
                        JobState.Name.AVAILABLE, JobState.Name.AVAILABLE, JobState.Name.SCHEDULED);
        assertThat(reports().look(ids.get(0)).waitsFor()).isNull();
        assertThat(b.find(ids.get(0)).attempts().getLast().end()).isEqualTo(Attempt.End.WAITED);
    }

    @Test
    default void onlyMoreSignalsThanWereSeenWakeAJob() {
        var b = bench();
        long id = waiting("go", 2, Waiting.FOR_EVER);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.SCHEDULED);
        send(id, "go", "\"third\"");
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        var worker = b.worker();
        var job = worker.claimOnly(id);
        worker.report(worker.ends(job).waiting("go", 3, Waiting.FOR_EVER));
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.SCHEDULED);
        send(id, "go", "\"fourth\"");
        job = worker.claimOnly(id);
        send(id, "go", "\"fifth\"");
        worker.report(worker.ends(job).waiting("go", 4, Waiting.FOR_EVER));
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(reports().carried(id).signals().stream().map(Carried.Signal::payload))
                .containsExactly("0", "1", "\"third\"", "\"fourth\"", "\"fifth\"");
    }

    @Test
    default void aWaitEndsInTimeWithoutASignal() {
        var b = bench();
        long id = waiting("go", 0, b.now().plusSeconds(60));
        long later = waiting("go", 0, b.now().plusSeconds(600));
        b.advance(Duration.ofSeconds(59));
        assertThat(b.promoteAll()).isZero();
        b.advance(Duration.ofSeconds(2));
        assertThat(b.promoteAll()).isEqualTo(1);
        assertThat(reports().look(id).waitsFor()).isNull();
        var worker = b.worker();
        var job = worker.claimOnly(id);
        assertThat(job.attempt()).isEqualTo(1);
        worker.report(worker.ends(job).waiting("other", 0, Waiting.FOR_EVER));
        send(id, "go", "1");
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(reports().look(later).waitsFor()).isEqualTo("go");
        assertThat(b.worker().pulse().nextDue()).isBefore(Waiting.FOR_EVER);
    }

    @Test
    default void aSignalNeverWakesAJobThatBacksOffSnoozesSleepsOrIsDelayed() {
        var b = bench();
        var due = b.now().plus(Duration.ofHours(1));
        var ids = b.enqueue(b.job(), b.job(), b.job(), b.job().due(due), b.job());
        var worker = b.worker();
        var jobs = worker.claim(4);
        worker.report(worker.ends(jobs.get(0)).failed(due));
        worker.report(worker.ends(jobs.get(1)).snoozed(due));
        worker.report(worker.ends(jobs.get(2)).slept(due));
        // waited once, and backs off now
        worker.report(worker.ends(jobs.get(3)).waiting("go", 0, Waiting.FOR_EVER));
        send(ids.get(4), "go", "1");
        worker.report(worker.ends(worker.claimOnly(ids.get(4))).failed(due));
        for (long id : ids) {
            assertThat(send(id, "go", "1")).contains(JobState.Name.SCHEDULED);
            assertThat(b.state(id))
                    .isInstanceOfSatisfying(
                            JobState.Scheduled.class, at -> assertThat(at.runAt()).isEqualTo(due));
            assertThat(reports().look(id).waitsFor()).isNull();
        }
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void aSignalToAnyLiveJobIsKept() {
        var b = bench();
        var due = b.now().plus(Duration.ofHours(1));
        var ids = b.enqueue(b.job().at(9), b.job(), b.job().due(due));
        b.worker().claimOnly(ids.get(0));
        assertThat(send(ids.get(0), "go", "1")).contains(JobState.Name.RUNNING);
        assertThat(send(ids.get(1), "go", "1")).contains(JobState.Name.AVAILABLE);
        assertThat(send(ids.get(2), "go", "1")).contains(JobState.Name.SCHEDULED);
        for (long id : ids) {
            assertThat(reports().carried(id).signals())
                    .containsExactly(new Carried.Signal("go", "1"));
        }
    }

    @Test
    default void endedDiscardedAndUnknownJobsAreSentNothing() {
        var b = bench();
        var ids = b.enqueue(4, b.job());
        var worker = b.worker();
        var jobs = worker.claim(4);
        worker.complete(jobs.get(0));
        worker.report(worker.ends(jobs.get(1)).discarded("no"));
        worker.report(worker.ends(jobs.get(2)).cancelled());
        worker.report(worker.ends(jobs.get(3)).expired());
        assertThat(send(ids.get(0), "go", "1")).contains(JobState.Name.COMPLETED);
        assertThat(send(ids.get(1), "go", "1")).contains(JobState.Name.DISCARDED);
        assertThat(send(ids.get(2), "go", "1")).contains(JobState.Name.CANCELLED);
        assertThat(send(ids.get(3), "go", "1")).contains(JobState.Name.EXPIRED);
        assertThat(send(Long.MAX_VALUE, "go", "1")).isEmpty();
        assertThat(b.leftovers()).isEmpty();
    }

    @Test
    default void aJobIsSentAThousandSignalsAndNoMore() {
        var b = bench();
        long id = waiting("go", 0, Waiting.FOR_EVER);
        for (int i = 0; i < Carried.MAX_SIGNALS; i++) {
            send(id, "s" + i % 7, "" + i);
        }
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> send(id, "go", "1"))
                .returns(MillraceException.Code.INVALID_INPUT, MillraceException::code);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(reports().carried(id).signals())
                .isEqualTo(
                        IntStream.range(0, Carried.MAX_SIGNALS)
                                .mapToObj(i -> new Carried.Signal("s" + i % 7, "" + i))
                                .toList());
        b.store().cancel(List.of(id), "enough", b.tick());
        assertThat(send(id, "go", "1")).contains(JobState.Name.CANCELLED);
    }

    @Test
    default void aSignalsNameIsBounded() {
        var b = bench();
        long id = b.enqueue(b.job());
        for (String name : List.of("", "x".repeat(201))) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> send(id, name, "1"))
                    .returns(MillraceException.Code.INVALID_INPUT, MillraceException::code);
        }
        send(id, "é".repeat(200), "1");
        assertThat(reports().carried(id).signals()).hasSize(1);
    }

    @Test
    default void aJobThatWaitsCanBeCancelledAndRetried() {
        var b = bench();
        long cancelled = waiting("go", 0, Waiting.FOR_EVER);
        b.store().cancel(List.of(cancelled), "no", b.tick());
        assertThat(b.stateName(cancelled)).isEqualTo(JobState.Name.CANCELLED);
        assertThat(reports().look(cancelled).waitsFor()).isNull();
        long retried = waiting("go", 0, Waiting.FOR_EVER);
        b.store().retry(List.of(retried), b.tick());
        assertThat(b.stateName(retried)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(reports().look(retried).waitsFor()).isNull();
        var worker = b.worker();
        var job = worker.claimOnly(retried);
        b.store().cancel(List.of(retried), "while it ran", b.tick());
        worker.report(worker.ends(job).waiting("go", 0, Waiting.FOR_EVER));
        b.settleAll();
        assertThat(b.stateName(retried)).isEqualTo(JobState.Name.CANCELLED);
    }

    @Test
    default void aWaitSurvivesTheProcess() {
        var b = bench();
        long id = waiting("go", 0, Waiting.FOR_EVER);
        var other = b.reopen();
        assertThat(other.reports().look(id).waitsFor()).isEqualTo("go");
        assertThat(other.reports().signal(id, "go", "1", b.tick()))
                .contains(JobState.Name.SCHEDULED);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    default void aWaitOfALostClaimIsRefused() {
        var b = bench();
        long id = b.enqueue(b.job());
        var dead = b.worker();
        var job = dead.claimOnly(id);
        b.bury(dead);
        var ending = dead.ends(job).waiting("go", 0, Waiting.FOR_EVER);
        assertThat(dead.report(ending)).isEqualTo(Recorded.LOST);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        var worker = b.worker();
        var again = worker.claimOnly(id);
        var waits = worker.ends(again).waiting("go", 0, Waiting.FOR_EVER);
        assertThat(worker.report(waits)).isEqualTo(Recorded.RECORDED);
        assertThat(worker.report(waits)).isEqualTo(Recorded.ALREADY);
        assertThat(b.find(id).attempts()).hasSize(2);
    }
}
