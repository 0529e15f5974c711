package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchMember.State;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStep;
import dev.millrace.store.BatchStore;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Jobs that belong together, what waits for them, and jobs that follow others. */
interface BatchContract extends Contract {
    private BatchStore batches() {
        return bench().store().batches();
    }

    private NewJob fresh(Draft draft) {
        return bench().newJobs(List.of(draft)).getFirst();
    }

    /** A job that waits for a batch. */
    private NewJob waiting(String queue) {
        var job = fresh(bench().job().in(queue).due(Ending.Next.Waiting.FOR_EVER));
        bench().accepted(List.of(job));
        return job;
    }

    private long open(long parent) {
        long id = bench().store().reserveIds(1).first();
        batches()
                .create(
                        new NewBatch(
                                id,
                                parent,
                                "import",
                                null,
                                bench().tick(),
                                waiting("done"),
                                waiting("completed"),
                                waiting("failed"),
                                false),
                        false);
        return id;
    }

    private List<NewJob> members(long batch, int count) {
        var drafts = IntStream.range(0, count).mapToObj(i -> bench().job()).toList();
        return bench().newJobs(drafts).stream().map(job -> job.inBatch(batch)).toList();
    }

    private List<Long> add(long batch, int count) {
        var jobs = members(batch, count);
        batches().add(batch, jobs, false);
        return bench().accepted(jobs);
    }

    /** Settles to the end and looks through all members. */
    private void settle() {
        settle(bench().store());
    }

    private void settle(JobStore in) {
        BatchPlace place = BatchPlace.FIRST;
        do {
            place = in.batches().sweep(place, 3);
        } while (!place.equals(BatchPlace.FIRST));
        for (int i = 0; i < 1_000; i++) {
            BatchStep step = in.batches().settle(bench().tick(), 2);
            if (step.counted() == 0) {
                return;
            }
        }
        throw new AssertionError("settling did not come to an end");
    }

    private BatchSnapshot look(long batch) {
        return batches().find(batch).orElseThrow();
    }

    private Ending member(ClaimedJob job, Ending ending) {
        return following(ending, job.terms().batch(), List.of());
    }

    private Ending following(Ending e, long batch, List<NewJob> then) {
        return new Ending(
                e.jobId(),
                e.claimId(),
                e.workerId(),
                e.attempt(),
                e.startedAt(),
                e.endedAt(),
                e.end(),
                e.error(),
                e.result(),
                e.next(),
                e.holdsKey(),
                new Ending.Follow(batch, then));
    }

    private void completeAll(Hand worker) {
        for (var job : worker.claim(1_000)) {
            assertThat(worker.report(member(job, worker.ends(job).completed("1"))))
                    .isEqualTo(Recorded.RECORDED);
        }
    }

    private JobState.Name state(long job) {
        return bench().stateName(job);
    }

    @Test
    default void aBatchWhoseMembersCompletedReleasesWhatWaitsForThatOnce() {
        var worker = bench().worker();
        long batch = open(0);
        var jobs = add(batch, 3);
        assertThat(bench().find(jobs.getFirst()).terms().batch()).isEqualTo(batch);
        batches().close(batch);
        var ended = new ArrayList<Ending>();
        for (var job : worker.claim(10)) {
            ended.add(member(job, worker.ends(job).completed(null)));
        }
        worker.report(ended.subList(0, 2));
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.WAITING);
        assertThat(look(batch).open()).isOne();
        worker.report(ended.get(2));
        assertThat(bench().store().complete(ended)).containsOnly(Recorded.ALREADY);
        settle();
        settle(bench().reopen());
        BatchSnapshot end = look(batch);
        assertThat(end.state()).isEqualTo(BatchState.COMPLETED);
        assertThat(end.completed()).isEqualTo(3);
        assertThat(end.added()).isEqualTo(3);
        assertThat(end.endedAt()).isNotNull();
        assertThat(state(end.onDone())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(state(end.onCompleted())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(state(end.onFailed())).isEqualTo(JobState.Name.CANCELLED);
        assertThat(worker.claim("done", Set.of(Bench.WORK), 9)).hasSize(1);
        settle();
        assertThat(worker.claim("done", Set.of(Bench.WORK), 9)).isEmpty();
    }

    @Test
    default void anEmptyBatchEndsWhenItIsClosedAndNotBefore() {
        long batch = open(0);
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.FILLING);
        assertThat(batches().close(batch)).isTrue();
        assertThat(batches().close(batch)).isTrue();
        assertThat(batches().close(batch + 1_000_000)).isFalse();
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.COMPLETED);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> batches().add(batch, members(batch, 1), false))
                .withMessageContaining("completed");
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() ->
                        batches().add(batch + 1_000_000, members(batch + 1_000_000, 1), false))
                .withMessageContaining("there is none");
    }

    @Test
    default void theFirstFailureReleasesWhatWaitsForItAndARetryMayStillCompleteTheBatch() {
        var worker = bench().worker();
        long batch = open(0);
        add(batch, 2);
        batches().close(batch);
        var jobs = worker.claim(2);
        var bad = jobs.getFirst();
        worker.report(member(bad, worker.ends(bad).discarded("no")));
        settle();
        assertThat(state(look(batch).onFailed())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(look(batch).state()).isEqualTo(BatchState.WAITING);
        var good = jobs.getLast();
        worker.report(member(good, worker.ends(good).skipped("why not")));
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.FAILED);
        assertThat(look(batch).failed()).isOne();
        assertThat(state(look(batch).onDone())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(state(look(batch).onCompleted())).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(batches().members(batch, State.FAILED, 0, 10))
                .containsExactly(new BatchMember(bad.id(), false, State.FAILED));
        bench().store().retry(List.of(bad.id()), bench().tick());
        completeAll(worker);
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.COMPLETED);
        assertThat(look(batch).failed()).isZero();
        assertThat(look(batch).completed()).isEqualTo(2);
        assertThat(state(look(batch).onCompleted())).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    default void membersThatEndWithoutAWorkerAreFound() {
        long batch = open(0);
        var jobs = add(batch, 5);
        batches().close(batch);
        bench().store().cancel(jobs.subList(0, 4), "not wanted", bench().tick());
        settle();
        assertThat(look(batch).cancelled()).isEqualTo(4);
        assertThat(look(batch).state()).isEqualTo(BatchState.WAITING);
        var worker = bench().worker();
        worker.claimOnly(jobs.get(4));
        settle();
        assertThat(look(batch).open()).isOne();
    }

    @Test
    default void aCancelledBatchTakesNoMembersAndEndsWithItsLast() {
        long batch = open(0);
        var jobs = add(batch, 2);
        assertThat(batches().cancel(batch)).contains(BatchState.FILLING);
        assertThat(batches().cancel(batch + 1_000_000)).isEmpty();
        assertThat(batches().cancelling(10)).containsExactly(batch);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> batches().add(batch, members(batch, 1), false))
                .withMessageContaining("it is cancelled");
        bench().store().cancel(jobs, "its batch was cancelled", bench().tick());
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.CANCELLED);
        assertThat(batches().cancelling(10)).isEmpty();
        assertThat(batches().cancel(batch)).contains(BatchState.CANCELLED);
        assertThat(state(look(batch).onDone())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(state(look(batch).onFailed())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(state(look(batch).onCompleted())).isEqualTo(JobState.Name.CANCELLED);
    }

    @Test
    default void aBatchWithinAnotherCountsAsOneMember() {
        var worker = bench().worker();
        long outer = open(0);
        long inner = open(outer);
        batches().close(outer);
        add(inner, 1);
        batches().close(inner);
        settle();
        assertThat(look(outer).open()).isOne();
        assertThat(batches().members(outer, State.OPEN, 0, 10))
                .containsExactly(new BatchMember(inner, true, State.OPEN));
        completeAll(worker);
        settle();
        assertThat(look(inner).state()).isEqualTo(BatchState.COMPLETED);
        assertThat(look(outer).state()).isEqualTo(BatchState.COMPLETED);
        long late = bench().store().reserveIds(1).first();
        var refused = new NewBatch(late, outer, "n", null, bench().now(), null, null, null, false);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> batches().create(refused, false));
        assertThat(batches().find(late)).isEmpty();
    }

    @Test
    default void membersAreAddedOnceHoweverOftenTheyAreSent() {
        long batch = open(0);
        var jobs = members(batch, 250);
        batches().add(batch, jobs, false);
        bench().accepted(jobs);
        bench().reopen().batches().add(batch, jobs, true);
        settle();
        assertThat(look(batch).added()).isEqualTo(250);
        var other = members(batch, 2);
        batches().add(batch, other, true);
        bench().accepted(other);
        assertThat(look(batch).added()).isEqualTo(252);
        batches().close(batch);
        var worker = bench().worker();
        completeAll(worker);
        settle();
        batches().add(batch, jobs, true);
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.COMPLETED);
        assertThat(look(batch).completed()).isEqualTo(252);
    }

    @Test
    default void aMemberMayExtendItsBatchAsItEnds() {
        var worker = bench().worker();
        long batch = open(0);
        add(batch, 1);
        batches().close(batch);
        var job = worker.claimOne();
        var next = members(batch, 3);
        worker.report(following(worker.ends(job).completed(null), batch, next));
        bench().accepted(next);
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.WAITING);
        assertThat(look(batch).added()).isEqualTo(4);
        completeAll(worker);
        settle();
        assertThat(look(batch).state()).isEqualTo(BatchState.COMPLETED);
        assertThat(look(batch).completed()).isEqualTo(4);
    }

    private NewItem item(String key, boolean joins) {
        long id = bench().store().reserveIds(1).first();
        var last = joins ? waiting("join").inBatch(id) : null;
        return new NewItem(
                new NewBatch(id, 0, "grade", key, bench().tick(), last, null, null, joins),
                fresh(bench().job()).inBatch(id));
    }

    @Test
    default void anItemsKeyIsHeldUntilItHasEnded() {
        var worker = bench().worker();
        var first = item("acme", false);
        var twin = item("acme", false);
        var other = item("beta", false);
        assertThat(batches().submit(List.of(first, twin, other), false))
                .containsExactly(true, false, true);
        bench().accepted(List.of(first.first(), other.first()));
        assertThat(bench().store().find(twin.first().id())).isEmpty();
        assertThat(batches().submit(List.of(first, twin, other), true))
                .containsExactly(true, false, true);
        assertThat(batches().item("grade", "acme").orElseThrow().id())
                .isEqualTo(first.batch().id());
        assertThat(batches().item("grade", "none")).isEmpty();
        completeAll(worker);
        settle();
        assertThat(look(first.batch().id()).state()).isEqualTo(BatchState.COMPLETED);
        assertThat(look(first.batch().id()).added()).isOne();
        var again = item("acme", false);
        assertThat(batches().submit(List.of(again), false)).containsExactly(true);
        bench().accepted(List.of(again.first()));
        assertThat(batches().item("grade", "acme").orElseThrow().id())
                .isEqualTo(again.batch().id());
        assertThat(batches().list(new BatchFilter(true, "grade", null), Long.MAX_VALUE, 2))
                .extracting(BatchSnapshot::id)
                .containsExactly(again.batch().id(), other.batch().id());
        assertThat(
                        batches()
                                .list(
                                        new BatchFilter(true, "grade", BatchState.WAITING),
                                        Long.MAX_VALUE,
                                        9))
                .hasSize(1);
        assertThat(batches().list(new BatchFilter(false, null, null), Long.MAX_VALUE, 9)).isEmpty();
    }

    @Test
    default void whatJoinsRunsLastAndHoldsTheKey() {
        var worker = bench().worker();
        var item = item("acme", true);
        batches().submit(List.of(item), false);
        bench().accepted(List.of(item.first()));
        var job = worker.claimOne();
        var parts = members(item.batch().id(), 2);
        worker.report(following(worker.ends(job).completed(null), item.batch().id(), parts));
        bench().accepted(parts);
        settle();
        assertThat(state(look(item.batch().id()).onDone())).isEqualTo(JobState.Name.SCHEDULED);
        completeAll(worker);
        settle();
        assertThat(look(item.batch().id()).state()).isEqualTo(BatchState.WAITING);
        assertThat(batches().submit(List.of(item("acme", false)), false)).containsExactly(false);
        var last = worker.claim("join", Set.of(Bench.WORK), 9);
        assertThat(last).hasSize(1);
        var end = worker.ends(last.getFirst()).completed(null);
        worker.report(member(last.getFirst(), end));
        settle();
        assertThat(look(item.batch().id()).state()).isEqualTo(BatchState.COMPLETED);
        assertThat(look(item.batch().id()).completed()).isEqualTo(4);
    }

    @Test
    default void nothingJoinsWhatWasCancelledBefore() {
        var worker = bench().worker();
        var item = item("acme", true);
        long id = item.batch().id();
        batches().submit(List.of(item), false);
        bench().accepted(List.of(item.first()));
        var job = worker.claimOne();
        assertThat(batches().cancel(id)).contains(BatchState.WAITING);
        var parts = members(id, 2);
        worker.report(following(worker.ends(job).completed(null), id, parts));
        var ids = bench().accepted(parts);
        settle();
        assertThat(state(look(id).onDone())).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(batches().cancelling(10)).as("the parts that came late").containsExactly(id);
        bench().store().cancel(ids, "its batch was cancelled", bench().tick());
        settle();
        assertThat(state(look(id).onDone())).isEqualTo(JobState.Name.CANCELLED);
        assertThat(look(id).state()).isEqualTo(BatchState.CANCELLED);
        var again = item("acme", false);
        assertThat(batches().submit(List.of(again), false)).containsExactly(true);
        bench().accepted(List.of(again.first()));
    }

    @Test
    default void oldBatchesAreForgottenInSteps() {
        var worker = bench().worker();
        long batch = open(0);
        add(batch, 5);
        batches().close(batch);
        completeAll(worker);
        settle();
        assertThat(batches().prune(bench().now().minus(Duration.ofDays(1)), 100)).isZero();
        bench().advance(Duration.ofDays(1));
        assertThat(batches().prune(bench().now(), 3)).isEqualTo(3);
        while (batches().prune(bench().now(), 3) > 0) {
            assertThat(batches().members(batch, null, 0, 10)).hasSizeLessThan(3);
        }
        assertThat(batches().find(batch)).isEmpty();
    }

    @Test
    default void pipelinesAreDeclaredForPeopleToSee() {
        batches().declare("grade", "{\"steps\":[]}");
        batches().declare("grade", "{\"steps\":[1]}");
        batches().declare("alpha", "{}");
        assertThat(bench().reopen().batches().plans())
                .containsExactly(Map.entry("alpha", "{}"), Map.entry("grade", "{\"steps\":[1]}"));
    }

    /**
     * Three-step items and a batch whose members extend it, under calls and answers that are lost,
     * workers that die, two settlers, and members that people cancel.
     */
    @Test
    default void whateverIsLostStepsFollowOnceAndCallbacksComeOnce() {
        long seed = Seeds.draw("batches under faults");
        new BatchFuzz(bench(), seed).run();
    }
}
