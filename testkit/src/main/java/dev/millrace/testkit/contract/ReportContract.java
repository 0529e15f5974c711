package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Progress;
import dev.millrace.store.Carried;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What running jobs report: written while the claim is held, and never twice. */
interface ReportContract extends Contract {
    private ReportStore reports() {
        return bench().store().reports();
    }

    private long checkpointOf(long jobId) {
        var checkpoint = reports().carried(jobId).checkpoint();
        return checkpoint == null ? 0 : checkpoint.number();
    }

    @Test
    default void whatAJobReportsIsThereForPeopleAndForItsNextAttempt() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var slip =
                worker.says(worker.claimOnly(id))
                        .progress(3, 10, "third")
                        .checkpoint(1, "{\"\":{\"v\":1,\"c\":3}}")
                        .step(1, "first", "\"done\"")
                        .step(2, "second", "null")
                        .log(7, "one", "two", "three", "four")
                        .stack("at a.B.c(B.java:1)");
        assertThat(worker.tell(slip)).isEqualTo(Recorded.RECORDED);
        var said = slip.report();
        var log = Objects.requireNonNull(said.log());
        assertThat(reports().look(id))
                .isEqualTo(
                        new JobReport(
                                said.progress(),
                                said.checkpoint(),
                                said.steps(),
                                log.lines(),
                                said.stack(),
                                null));
        assertThat(reports().carried(id))
                .isEqualTo(new Carried(said.checkpoint(), said.steps(), List.of()));
        assertThat(reports().progress(List.of(id)))
                .isEqualTo(Map.of(id, Objects.requireNonNull(said.progress())));
        assertThat(b.reopen().reports().look(id)).isEqualTo(reports().look(id));
    }

    @Test
    default void aJobThatReportedNothingLeftNothing() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.complete(worker.claimOnly(id));
        for (long any : List.of(id, Long.MAX_VALUE)) {
            assertThat(reports().look(any)).isEqualTo(JobReport.NONE);
            assertThat(reports().carried(any)).isEqualTo(Carried.NOTHING);
            assertThat(reports().progress(List.of(any))).isEmpty();
        }
        assertThat(b.leftovers()).isEmpty();
    }

    @Test
    default void onlyWhoHoldsTheClaimMayReport() {
        var b = bench();
        var ids = b.enqueue(5, b.job());
        var dead = b.worker();
        var rescued = dead.claimOnly(ids.get(0));
        b.bury(dead);
        var worker = b.worker();
        var again = worker.claimOnly(ids.get(1));
        var jobs = worker.claim(4);
        var completed = jobs.get(0);
        var returned = jobs.get(1);
        var failed = jobs.get(2);
        worker.complete(completed);
        worker.giveBack(returned);
        worker.fail(failed, Duration.ofHours(1));
        var slips = new ArrayList<Slip>();
        slips.add(worker.says(completed));
        slips.add(worker.says(returned));
        slips.add(worker.says(again));
        slips.add(worker.says(failed));
        slips.add(dead.says(rescued));
        slips.replaceAll(slip -> slip.progress(1, 2, "late").checkpoint(1, "{}").log(1, "late"));
        slips.replaceAll(slip -> slip.step(1, "late", "1").stack("late"));
        assertThat(reports().report(slips.stream().map(Slip::report).toList()))
                .containsExactly(
                        Recorded.LOST,
                        Recorded.LOST,
                        Recorded.RECORDED,
                        Recorded.LOST,
                        Recorded.LOST);
        assertThat(b.leftovers()).containsExactly(again.id());
        for (var slip : slips) {
            long id = slip.report().jobId();
            if (id != again.id()) {
                assertThat(reports().look(id)).isEqualTo(JobReport.NONE);
            }
        }
        assertThat(checkpointOf(again.id())).isEqualTo(1);
    }

    @Test
    default void aReportOfAnEarlierClaimIsLostWhileALaterOneRuns() {
        var b = bench();
        long id = b.enqueue(b.job());
        var slow = b.worker();
        var first = slow.claimOnly(id);
        slow.tell(slow.says(first).checkpoint(1, "1").progress(1, 9, "slow"));
        b.bury(slow);
        var quick = b.worker();
        var second = quick.claimOnly(id);
        quick.tell(quick.says(second).checkpoint(2, "2").progress(2, 9, "quick"));
        var before = reports().look(id);
        var late = slow.says(first).checkpoint(3, "3").progress(3, 9, "late").step(1, "s", "1");
        assertThat(slow.tell(late.log(1, "late"))).isEqualTo(Recorded.LOST);
        assertThat(reports().look(id)).isEqualTo(before);
        assertThat(reports().holds(slow.id(), first.claim())).isFalse();
        assertThat(reports().holds(quick.id(), second.claim())).isTrue();
        assertThat(reports().holds(quick.id(), new JobClaim(id, first.claimId()))).isFalse();
        quick.complete(second);
        assertThat(reports().holds(quick.id(), second.claim())).isFalse();
        assertThat(reports().look(id)).isEqualTo(before);
    }

    @Test
    default void theSameReportAgainChangesNothing() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var slip =
                worker.says(job)
                        .progress(1, 2, null)
                        .checkpoint(5, "5")
                        .step(1, "a", "1")
                        .log(3, "one", "two")
                        .stack("at x");
        worker.tell(slip);
        var before = reports().look(id);
        for (int i = 0; i < 3; i++) {
            assertThat(worker.tell(slip)).isEqualTo(Recorded.RECORDED);
            assertThat(reports().look(id)).isEqualTo(before);
        }
        var other = worker.says(job).checkpoint(5, "other").step(9, "a", "2").log(3, "other");
        assertThat(worker.tell(other)).isEqualTo(Recorded.RECORDED);
        assertThat(reports().look(id)).isEqualTo(before);
    }

    @Test
    default void aCheckpointNeverGoesBackwards() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        for (long number : List.of(1, 2, 7, 3, 6, 7, 1, 8)) {
            long before = checkpointOf(id);
            worker.tell(worker.says(job).checkpoint(number, "\"at %d\"".formatted(number)));
            assertThat(checkpointOf(id)).isEqualTo(Math.max(before, number));
        }
        assertThat(reports().carried(id).checkpoint())
                .isEqualTo(new Checkpoint(8, "\"at 8\"", b.now()));
        worker.fail(job, Duration.ZERO);
        var next = worker.claimOnly(id);
        worker.tell(worker.says(next).checkpoint(8, "\"again\""));
        assertThat(Objects.requireNonNull(reports().carried(id).checkpoint()).text())
                .isEqualTo("\"at 8\"");
    }

    @Test
    default void olderProgressNeverReplacesNewer() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var newest = new Progress(5, 9, "newer", 0.1, b.tick());
        var older = new Progress(4, 9, "older", 0.1, newest.at().minusMillis(1));
        worker.tell(worker.says(job).progress(newest));
        assertThat(worker.tell(worker.says(job).progress(older))).isEqualTo(Recorded.RECORDED);
        assertThat(reports().progress(List.of(id))).containsExactly(Map.entry(id, newest));
        var next = new Progress(0, 0, null, 0, newest.at().plusMillis(1));
        worker.tell(worker.says(job).progress(next));
        assertThat(reports().look(id).progress()).isEqualTo(next);
    }

    @Test
    default void aPartThatIsLeftOutStaysAsItWas() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var all = worker.says(job).progress(1, 2, "m").checkpoint(1, "1").step(1, "a", "1");
        worker.tell(all.log(1, "l").stack("at x"));
        var before = reports().look(id);
        worker.tell(worker.says(job));
        assertThat(reports().look(id)).isEqualTo(before);
        worker.tell(worker.says(job).progress(2, 2, null));
        var after = reports().look(id);
        assertThat(after.checkpoint()).isEqualTo(before.checkpoint());
        assertThat(after.steps()).isEqualTo(before.steps());
        assertThat(after.log()).isEqualTo(before.log());
        assertThat(after.stack()).isEqualTo(before.stack());
        assertThat(Objects.requireNonNull(after.progress()).message()).isNull();
    }

    @Test
    default void aCheckpointSetsTheCountOfRescuesToZero() {
        var b = bench();
        long id = b.enqueue(b.job());
        for (int i = 0; i < 2; i++) {
            var dead = b.worker();
            dead.claimOnly(id);
            b.bury(dead);
        }
        var worker = b.worker();
        var job = worker.claimOnly(id);
        assertThat(job.rescues()).isEqualTo(2);
        worker.tell(worker.says(job).progress(1, 2, "m").step(1, "a", "1"));
        worker.giveBack(job);
        job = worker.claimOnly(id);
        assertThat(job.rescues()).as("after progress and a step").isEqualTo(2);
        worker.tell(worker.says(job).checkpoint(1, "1"));
        worker.giveBack(job);
        assertThat(worker.claimOnly(id).rescues()).as("after a checkpoint").isZero();
        b.bury(worker);
        var next = b.worker();
        job = next.claimOnly(id);
        assertThat(job.rescues()).as("after another rescue").isEqualTo(1);
        next.tell(next.says(job).checkpoint(1, "1"));
        next.giveBack(job);
        assertThat(next.claimOnly(id).rescues()).as("after one not written").isEqualTo(1);
    }

    @Test
    default void aJobThatLeavesACheckpointBeforeEachDeathIsNeverGivenUp() {
        var b = bench();
        long id = b.enqueue(b.job());
        for (int i = 1; i <= 12; i++) {
            var dead = b.worker();
            var job = dead.claimOnly(id);
            dead.tell(dead.says(job).checkpoint(i, "" + i));
            b.bury(dead);
            assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        }
        assertThat(checkpointOf(id)).isEqualTo(12);
    }

    @Test
    default void whatAnAttemptLeftIsThereForTheNextHoweverItEnded() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        worker.tell(worker.says(job).checkpoint(1, "1").step(1, "a", "1").log(1, "one"));
        b.bury(worker);
        var next = b.worker();
        job = next.claimOnly(id);
        next.tell(next.says(job).checkpoint(2, "2").step(2, "b", "2").log(2, "two"));
        next.report(next.ends(job).snoozed(b.now()));
        job = next.claimOnly(id);
        next.tell(next.says(job).checkpoint(3, "3").step(3, "c", "3").log(3, "three"));
        next.report(next.ends(job).discarded("no"));
        var left = reports().carried(id);
        b.store().retry(List.of(id), b.tick());
        next.claimOnly(id);
        assertThat(reports().carried(id)).isEqualTo(left);
        assertThat(Objects.requireNonNull(left.checkpoint()).text()).isEqualTo("3");
        assertThat(left.steps()).extracting(step -> step.name()).containsExactly("a", "b", "c");
        assertThat(reports().look(id).log())
                .extracting(line -> line.message())
                .containsExactly("one", "two", "three");
    }

    @Test
    default void anAttemptThatSleepsOrYieldsIsNotSpent() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var until = b.now().plusSeconds(60);
        worker.report(worker.ends(worker.claimOnly(id)).slept(until));
        assertThat(b.state(id)).isEqualTo(new JobState.Scheduled(until, false));
        b.advance(Duration.ofSeconds(61));
        b.promoteAll();
        long neighbour = b.enqueue(b.job());
        var job = worker.claimOnly(id);
        worker.report(worker.ends(job).yielded());
        worker.claimOnly(neighbour);
        assertThat(worker.claimOnly(id).attempt()).isEqualTo(1);
        assertThat(b.find(id).attempts())
                .extracting(attempt -> attempt.end().name())
                .containsExactly("SLEPT", "YIELDED");
    }

    @Test
    default void manyReportInOneCallUpToABound() {
        var b = bench();
        int most = ReportStore.MAX_REPORTS;
        var ids = b.enqueue(most, b.job());
        var worker = b.worker();
        var slips = new ArrayList<Report>();
        while (slips.size() < most) {
            for (var job : worker.claim(most)) {
                slips.add(worker.says(job).progress(slips.size(), most, null).report());
            }
        }
        assertThat(reports().report(slips)).hasSize(most).containsOnly(Recorded.RECORDED);
        assertThat(reports().report(List.of())).isEmpty();
        var found = reports().progress(ids);
        assertThat(found).hasSize(most);
        for (var slip : slips) {
            assertThat(found.get(slip.jobId())).isEqualTo(slip.progress());
        }
        slips.add(slips.getFirst());
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> reports().report(slips))
                .returns(MillraceException.Code.INVALID_INPUT, MillraceException::code);
    }

    @Test
    default void reportedMomentsAreKeptToTheMicrosecond() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        var at = Instant.parse("2026-03-04T05:06:07.123456789Z");
        var slip = worker.says(job).at(at).progress(1, 2, null).checkpoint(1, "1");
        worker.tell(slip.step(1, "a", "1").log(1, "l").stack("at x"));
        var kept = Instant.parse("2026-03-04T05:06:07.123456Z");
        var found = reports().look(id);
        assertThat(Objects.requireNonNull(found.progress()).at()).isEqualTo(kept);
        assertThat(Objects.requireNonNull(found.checkpoint()).at()).isEqualTo(kept);
        assertThat(Objects.requireNonNull(found.stack()).at()).isEqualTo(kept);
        assertThat(found.steps().getFirst().at()).isEqualTo(kept);
        assertThat(found.log().getFirst().at()).isEqualTo(kept);
    }

    @Test
    default void whereLogsEndIsTold() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        var worker = b.worker();
        var jobs = ids.stream().map(worker::claimOnly).toList();
        assertThat(reports().lastChunks(ids)).isEmpty();
        worker.tell(worker.says(jobs.get(0)).log(7, "seven"));
        worker.tell(worker.says(jobs.get(0)).log(8, "eight"));
        worker.tell(worker.says(jobs.get(1)).progress(1, 2, "no line"));
        worker.tell(worker.says(jobs.get(2)).log(1L << 50, "far"));
        assertThat(reports().lastChunks(List.of(ids.get(2), 1L << 40, ids.get(0), ids.get(1))))
                .containsExactlyInAnyOrderEntriesOf(Map.of(ids.get(0), 8L, ids.get(2), 1L << 50));
        assertThat(reports().lastChunks(List.of())).isEmpty();
    }
}
