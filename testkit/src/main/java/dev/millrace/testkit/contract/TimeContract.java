package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.store.Promotion;
import dev.millrace.store.PruneRules;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What time does: promotion, pruning, and retrying by hand. */
interface TimeContract extends Contract {
    @Test
    default void dueJobsArePromotedAndOthersWait() {
        var b = bench();
        var now = b.now().plusSeconds(100);
        var ids =
                b.enqueue(
                        b.job().due(now.minusSeconds(1)),
                        b.job().due(now),
                        b.job().due(now.plusNanos(1000)));
        assertThat(b.store().promote(now, 100)).isEqualTo(new Promotion(2, now.plusNanos(1000)));
        assertThat(ids.stream().map(b::stateName))
                .containsExactly(
                        JobState.Name.AVAILABLE, JobState.Name.AVAILABLE, JobState.Name.SCHEDULED);
    }

    @Test
    default void nothingIsPromotedWhenNothingWaits() {
        bench().enqueue(bench().job());
        assertThat(bench().store().promote(bench().tick(), 10)).isEqualTo(new Promotion(0, null));
    }

    @Test
    default void theEarliestArePromotedFirstAndNoMoreThanAskedFor() {
        var b = bench();
        var base = b.now().plusSeconds(10);
        var ids = new ArrayList<Long>();
        for (int i : List.of(3, 1, 4, 0, 2)) {
            ids.add(b.enqueue(b.job().due(base.plusSeconds(i))));
        }
        var now = base.plusSeconds(60);
        assertThat(b.store().promote(now, 2)).isEqualTo(new Promotion(2, base.plusSeconds(2)));
        assertThat(Bench.ids(b.worker().claim(10)))
                .containsExactlyInAnyOrder(ids.get(3), ids.get(1));
        assertThat(b.store().promote(now, 2)).isEqualTo(new Promotion(2, base.plusSeconds(4)));
        assertThat(b.store().promote(now, 2)).isEqualTo(new Promotion(1, null));
        assertThat(b.store().promote(now, 2)).isEqualTo(new Promotion(0, null));
    }

    @Test
    default void aPromotedJobKeepsItsPriorityQueueAndKind() {
        var b = bench();
        var due = b.now().plusSeconds(1);
        b.enqueue(b.job());
        long urgent = b.enqueue(b.job().due(due).at(9));
        b.advance(Duration.ofSeconds(2));
        b.promoteAll();
        assertThat(b.worker().claimOnly(urgent).attempt()).isEqualTo(1);
    }

    @Test
    default void manyDueJobsArePromotedInSteps() {
        var b = bench();
        b.enqueue(2500, b.job().due(b.now().plusSeconds(1)));
        b.advance(Duration.ofSeconds(2));
        assertThat(b.store().promote(b.now(), 1000).promoted()).isEqualTo(1000);
        assertThat(b.promoteAll()).isEqualTo(1500);
    }

    @Test
    default void aDiscardedJobRetriedByHandStartsOver() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.fail(worker.claimOnly(id), Duration.ZERO);
        worker.report(worker.ends(worker.claimOnly(id)).discarded("no"));
        assertThat(b.store().retry(List.of(id), b.tick()))
                .isEqualTo(Map.of(id, JobState.Name.DISCARDED));
        assertThat(b.state(id)).isEqualTo(new JobState.Available());
        assertThat(b.find(id).attempts())
                .extracting(Attempt::end)
                .containsExactly(Attempt.End.FAILED, Attempt.End.DISCARDED);
        var job = worker.claimOnly(id);
        assertThat(job.attempt()).isEqualTo(1);
        worker.complete(job);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.COMPLETED);
        assertThat(b.find(id).attempts()).hasSize(3);
    }

    @Test
    default void aJobDiscardedByRescuesStartsOverWithoutThem() {
        var b = bench();
        long id = b.enqueue(b.job());
        while (b.stateName(id) != JobState.Name.DISCARDED) {
            var dead = b.worker();
            dead.claimOnly(id);
            b.bury(dead);
        }
        b.store().retry(List.of(id), b.tick());
        assertThat(b.worker().claimOnly(id).rescues()).isZero();
    }

    @Test
    default void aScheduledJobRetriedByHandRunsNowWithItsAttempt() {
        var b = bench();
        long delayed = b.enqueue(b.job().due(b.now().plusSeconds(1000)));
        long failed = b.enqueue(b.job());
        var worker = b.worker();
        worker.fail(worker.claimOnly(failed), Duration.ofHours(1));
        assertThat(b.store().retry(List.of(delayed, failed), b.tick()))
                .isEqualTo(
                        Map.of(delayed, JobState.Name.SCHEDULED, failed, JobState.Name.SCHEDULED));
        var jobs = worker.claim(10);
        assertThat(jobs).hasSize(2);
        for (var job : jobs) {
            assertThat(job.attempt()).isEqualTo(job.id() == failed ? 2 : 1);
        }
        b.advance(Duration.ofDays(1));
        assertThat(b.promoteAll()).isZero();
    }

    @Test
    default void otherJobsRetriedByHandStayAsTheyAre() {
        var b = bench();
        var ids = b.enqueue(3, b.job());
        var worker = b.worker();
        var jobs = worker.claim(2);
        worker.complete(jobs.getFirst());
        var asked = new ArrayList<>(ids);
        asked.add(999_999_999L);
        assertThat(b.store().retry(asked, b.tick()))
                .isEqualTo(
                        Map.of(
                                ids.get(0),
                                JobState.Name.COMPLETED,
                                ids.get(1),
                                JobState.Name.RUNNING,
                                ids.get(2),
                                JobState.Name.AVAILABLE));
        assertThat(ids.stream().map(b::stateName))
                .containsExactly(
                        JobState.Name.COMPLETED, JobState.Name.RUNNING, JobState.Name.AVAILABLE);
        assertThat(b.store().retry(List.of(), b.tick())).isEmpty();
    }

    @Test
    default void pruningRemovesOnlyOldFinishedJobs() {
        var b = bench();
        var ids = b.enqueue(7, b.job());
        var worker = b.worker();
        var jobs = worker.claim(6);
        worker.complete(jobs.get(0));
        worker.report(worker.ends(jobs.get(1)).skipped("no"));
        worker.report(worker.ends(jobs.get(2)).discarded("no"));
        worker.fail(jobs.get(3), Duration.ofHours(1));
        b.advance(Duration.ofSeconds(1));
        var line = b.now();
        b.advance(Duration.ofSeconds(1));
        worker.complete(jobs.get(4));
        prune(line, 1000);
        b.pruned(ids.subList(0, 2));
        assertThat(ids.stream().filter(id -> b.store().find(id).isPresent()))
                .containsExactlyElementsOf(ids.subList(2, 7));
        assertThat(b.store().ended(ids)).containsOnlyKeys(ids.get(2), ids.get(4));
        assertThat(worker.complete(jobs.get(5))).isEqualTo(dev.millrace.store.Recorded.RECORDED);
    }

    @Test
    default void aRescuedAndRetriedJobIsPrunedWithAllItsHistory() {
        var b = bench();
        long id = b.enqueue(b.job());
        var dead = b.worker();
        dead.claimOnly(id);
        b.bury(dead);
        var worker = b.worker();
        worker.fail(worker.claimOnly(id), Duration.ZERO);
        worker.complete(worker.claimOnly(id));
        prune(b.tick(), 10);
        b.pruned(List.of(id));
        assertThat(b.store().find(id)).isEmpty();
    }

    @Test
    default void pruningGoesInBoundedStepsToTheEnd() {
        var b = bench();
        var ids = b.enqueue(25, b.job());
        var worker = b.worker();
        var jobs = worker.claim(25);
        for (int i = 0; i < 25; i++) {
            if (i % 5 != 0) {
                worker.complete(jobs.get(i));
            }
        }
        prune(b.tick(), 4);
        var left = new ArrayList<Long>();
        for (int i = 0; i < 25; i += 5) {
            left.add(ids.get(i));
        }
        b.pruned(ids.stream().filter(id -> !left.contains(id)).toList());
        assertThat(ids.stream().filter(id -> b.store().find(id).isPresent()))
                .containsExactlyElementsOf(left);
    }

    @Test
    default void pruningAnEmptyStoreEndsAtOnce() {
        assertThat(bench().store().prune(PruneRules.finishedBefore(bench().tick()), 0, 10))
                .isZero();
    }

    private void prune(Instant endedBefore, int max) {
        long after = 0;
        for (int i = 0; i < 1000; i++) {
            long next = bench().store().prune(PruneRules.finishedBefore(endedBefore), after, max);
            if (next == 0) {
                return;
            }
            assertThat(next).as("where to go on").isGreaterThan(after);
            after = next;
        }
        throw new AssertionError("pruning did not come to an end");
    }
}
