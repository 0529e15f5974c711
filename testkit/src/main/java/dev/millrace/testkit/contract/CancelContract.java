package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Cancelling jobs, deleting them, and what a later retry does. */
interface CancelContract extends Contract {
    private Map<Long, JobState.Name> cancel(List<Long> ids) {
        return bench().store().cancel(ids, "not wanted", bench().tick());
    }

    /** One job in every state that a store can bring about; the running one's worker is kept. */
    private Map<JobState.Name, Long> everyState(Hand worker) {
        var b = bench();
        var ids = new LinkedHashMap<JobState.Name, Long>();
        long completed = b.enqueue(b.job());
        worker.complete(worker.claimOnly(completed));
        ids.put(JobState.Name.COMPLETED, completed);
        long discarded = b.enqueue(b.job());
        var job = worker.claimOnly(discarded);
        worker.report(worker.ends(job).discarded("no"));
        ids.put(JobState.Name.DISCARDED, discarded);
        long expired = b.enqueue(b.job().ttl(Duration.ofMillis(1)));
        b.advance(Duration.ofSeconds(1));
        b.settleAll();
        ids.put(JobState.Name.EXPIRED, expired);
        long cancelled = b.enqueue(b.job());
        cancel(List.of(cancelled));
        ids.put(JobState.Name.CANCELLED, cancelled);
        long running = b.enqueue(b.job());
        worker.claimOnly(running);
        ids.put(JobState.Name.RUNNING, running);
        ids.put(JobState.Name.SCHEDULED, b.enqueue(b.job().due(b.now().plusSeconds(60))));
        ids.put(JobState.Name.AVAILABLE, b.enqueue(b.job()));
        ids.forEach((name, id) -> assertThat(b.stateName(id)).isEqualTo(name));
        return ids;
    }

    private static Map<Long, JobState.Name> found(Map<JobState.Name, Long> ids) {
        var found = new LinkedHashMap<Long, JobState.Name>();
        ids.forEach((name, id) -> found.put(id, name));
        return found;
    }

    @Test
    default void eachJobIsCancelledAsItsStateAllows() {
        var b = bench();
        var ids = everyState(b.worker());
        var before = ids.values().stream().map(b::find).toList();
        assertThat(cancel(List.copyOf(ids.values()))).isEqualTo(found(ids));
        for (var job : before) {
            switch (job.state().name()) {
                case SCHEDULED, AVAILABLE ->
                        assertThat(b.state(job.id())).isEqualTo(new JobState.Cancelled(b.now()));
                case RUNNING, COMPLETED, DISCARDED, CANCELLED, EXPIRED ->
                        assertThat(b.find(job.id())).isEqualTo(job);
            }
        }
    }

    @Test
    default void theReasonIsKeptInHistory() {
        var b = bench();
        var ids = b.enqueue(b.job(), b.job().due(b.now().plusSeconds(60)));
        var now = b.tick();
        b.store().cancel(ids, "größer als 100 %\n'\"", now);
        for (long id : ids) {
            var job = b.find(id);
            assertThat(job.attempt()).isEqualTo(1);
            assertThat(job.attempts()).hasSize(1);
            var last = job.attempts().getFirst();
            assertThat(last.end()).isEqualTo(Attempt.End.CANCELLED);
            assertThat(last.worker()).isZero();
            assertThat(last.number()).isEqualTo(1);
            assertThat(last.startedAt()).isEqualTo(now);
            assertThat(last.endedAt()).isEqualTo(now);
            var error = Objects.requireNonNull(last.error());
            assertThat(error.type()).isEqualTo("cancelled");
            assertThat(error.message()).isEqualTo("größer als 100 %\n'\"");
            assertThat(b.store().ended(List.of(id))).containsEntry(id, new JobState.Cancelled(now));
        }
    }

    @Test
    default void aCancelledJobIsNeitherClaimedNorPromoted() {
        var b = bench();
        var ids = b.enqueue(b.job(), b.job().due(b.now().plusSeconds(60)), b.job());
        cancel(ids.subList(0, 2));
        b.advance(Duration.ofSeconds(61));
        assertThat(b.promoteAll()).isZero();
        assertThat(Bench.ids(b.worker().claim(10))).containsExactly(ids.get(2));
        var queue = b.store().queues().getFirst();
        assertThat(queue.available() + queue.scheduled()).isZero();
    }

    @Test
    default void aJobThatFailedBeforeIsCancelledUnderItsNextAttempt() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.fail(worker.claimOnly(id), Duration.ofHours(1));
        assertThat(cancel(List.of(id))).containsEntry(id, JobState.Name.SCHEDULED);
        assertThat(b.find(id).attempts())
                .extracting(Attempt::end, Attempt::number)
                .containsExactly(tuple(Attempt.End.FAILED, 1), tuple(Attempt.End.CANCELLED, 2));
    }

    @Test
    default void aRunningJobAppearsInItsWorkersPulseAndOnlyThere() {
        var b = bench();
        var worker = b.worker();
        var other = b.worker(b.reopen());
        var ids = b.enqueue(3, b.job());
        var jobs = worker.claim(2);
        other.claimOnly(ids.get(2));
        assertThat(worker.pulse().cancelled().keySet()).isEmpty();
        cancel(List.of(ids.get(0)));
        assertThat(worker.pulse().cancelled().keySet()).containsExactly(ids.get(0));
        assertThat(worker.pulse(false).cancelled().keySet())
                .as("again")
                .containsExactly(ids.get(0));
        assertThat(other.pulse().cancelled().keySet()).isEmpty();
        cancel(List.of(ids.get(2)));
        assertThat(other.pulse().cancelled().keySet()).containsExactly(ids.get(2));
        assertThat(worker.pulse().cancelled().keySet()).containsExactly(ids.get(0));
        var cancelled = worker.ends(jobs.getFirst()).cancelled();
        assertThat(worker.report(cancelled)).isEqualTo(Recorded.RECORDED);
        assertThat(worker.report(cancelled)).isEqualTo(Recorded.ALREADY);
        assertThat(worker.pulse().cancelled().keySet()).isEmpty();
        assertThat(b.state(ids.get(0))).isEqualTo(new JobState.Cancelled(cancelled.endedAt()));
        assertThat(b.stateName(jobs.get(1).id())).isEqualTo(JobState.Name.RUNNING);
    }

    @Test
    default void aJobTakenAgainByAnotherAppearsInThatOnesPulse() {
        var b = bench();
        long id = b.enqueue(b.job());
        var first = b.worker();
        var second = b.worker();
        var job = first.claimOnly(id);
        cancel(List.of(id));
        first.giveBack(job);
        second.claimOnly(id);
        assertThat(first.pulse().cancelled().keySet()).isEmpty();
        assertThat(second.pulse().cancelled().keySet()).containsExactly(id);
    }

    @Test
    default void thePulseNamesAThousandCancelledJobsAtMost() {
        var b = bench();
        var ids = b.enqueue(1200, b.job());
        var worker = b.worker();
        worker.claim(1000);
        worker.claim(200);
        assertThat(cancel(ids)).hasSize(1200).containsValue(JobState.Name.RUNNING);
        var named = worker.pulse().cancelled().keySet();
        assertThat(named).hasSize(1000);
        assertThat(ids).containsAll(named);
    }

    @Test
    default void requestsThatStandHideNoOthersFromThePulses() {
        var b = bench();
        var ids = b.enqueue(2_301, b.job());
        var worker = b.worker();
        var other = b.worker();
        for (int size : new int[] {1_000, 1_000, 300}) {
            worker.claim(size);
        }
        var last = other.claimOnly(ids.getLast());
        cancel(ids.subList(0, 2_300));
        for (int lap = 0; lap < 2; lap++) {
            var heard = new HashSet<Long>();
            for (int pulse = 0; pulse < 3; pulse++) {
                heard.addAll(worker.pulse().cancelled().keySet());
            }
            assertThat(heard).as("lap %d", lap).containsAll(ids.subList(0, 2_300));
        }
        cancel(List.of(last.id()));
        var heard = new HashSet<Long>();
        for (int pulse = 0; pulse < 3; pulse++) {
            heard.addAll(other.pulse().cancelled().keySet());
        }
        assertThat(heard).containsExactly(last.id());
    }

    @Test
    default void aRepeatedCancelChangesNothingAndTheFirstReasonStands() {
        var b = bench();
        var ids = b.enqueue(2, b.job());
        var worker = b.worker();
        var job = worker.claimOnly(ids.get(0));
        var store = b.store();
        store.cancel(ids, "first", b.tick());
        var waiting = b.find(ids.get(1));
        assertThat(store.cancel(ids, "second", b.tick()))
                .isEqualTo(
                        Map.of(
                                ids.get(0), JobState.Name.RUNNING,
                                ids.get(1), JobState.Name.CANCELLED));
        assertThat(b.find(ids.get(1))).isEqualTo(waiting);
        worker.fail(job, Duration.ZERO);
        assertThat(b.settleAll().cancelled()).isEqualTo(1);
        assertThat(
                        Objects.requireNonNull(b.find(ids.get(0)).attempts().getLast().error())
                                .message())
                .isEqualTo("first");
    }

    @Test
    default void aRunningJobsWorkerHearsTheReason() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.claimOnly(id);
        b.store().cancel(List.of(id), "no longer wanted", b.tick());
        assertThat(worker.pulse().cancelled()).isEqualTo(Map.of(id, "no longer wanted"));
    }

    @Test
    default void aRetryByHandForgetsAnOlderRequestToCancel() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        var job = worker.claimOnly(id);
        cancel(List.of(id));
        worker.report(worker.ends(job).discarded("never"));
        b.store().retry(List.of(id), b.tick());
        b.settleAll();
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        worker.complete(worker.claimOnly(id));
    }

    @Test
    default void unknownJobsAreLeftOutOfTheAnswer() {
        var b = bench();
        long id = b.enqueue(b.job());
        long reserved = b.store().reserveIds(1).first();
        assertThat(cancel(List.of(reserved, 999_999_999L, 0L, -1L, id, id)))
                .isEqualTo(Map.of(id, JobState.Name.AVAILABLE));
        assertThat(cancel(List.of())).isEmpty();
        assertThat(b.store().delete(List.of(reserved, 999_999_999L, 0L, -1L))).isEmpty();
        assertThat(b.store().delete(List.of())).isEmpty();
        assertThat(b.settleAll().next()).isNull();
    }

    @Test
    default void tenThousandJobsAreCancelledAndDeletedInOneCallEach() {
        var b = bench();
        var ids = b.enqueue(10_000, b.job());
        assertThat(cancel(ids)).hasSize(10_000).containsValue(JobState.Name.AVAILABLE);
        assertThat(b.worker().claim(10)).isEmpty();
        assertThat(b.store().delete(ids)).hasSize(10_000).containsValue(JobState.Name.CANCELLED);
        b.pruned(ids);
        assertThat(b.store().find(ids.getLast())).isEmpty();
    }

    @Test
    default void endedAndDiscardedJobsAreDeletedAndLiveOnesStay() {
        var b = bench();
        var worker = b.worker();
        var ids = everyState(worker);
        assertThat(b.store().delete(List.copyOf(ids.values()))).isEqualTo(found(ids));
        ids.forEach((name, id) -> {
            boolean live =
                    name == JobState.Name.SCHEDULED
                            || name == JobState.Name.AVAILABLE
                            || name == JobState.Name.RUNNING;
            assertThat(b.store().find(id).isPresent()).as("%s job", name).isEqualTo(live);
            if (!live) {
                b.pruned(List.of(id));
            }
        });
        assertThat(b.store().delete(List.copyOf(ids.values()))).hasSize(3);
        assertThat(b.store().ended(List.copyOf(ids.values()))).isEmpty();
        assertThat(b.store().retry(List.of(ids.get(JobState.Name.DISCARDED)), b.tick())).isEmpty();
        var queue = b.store().queues().getFirst();
        assertThat(queue.discarded()).isZero();
        assertThat(worker.claim(10)).hasSize(1);
    }

    @Test
    default void aJobIsDeletedWithAllItsHistory() {
        var b = bench();
        long id = b.enqueue(b.job().ttl(Duration.ofHours(1)));
        var worker = b.worker();
        var dead = b.worker();
        dead.claimOnly(id);
        b.bury(dead);
        worker.fail(worker.claimOnly(id), Duration.ZERO);
        var last = worker.claimOnly(id);
        cancel(List.of(id));
        worker.complete(last);
        b.store().delete(List.of(id));
        b.pruned(List.of(id));
        b.advance(Duration.ofHours(2));
        assertThat(b.settleAll().next()).isNull();
        assertThat(worker.report(worker.ends(last).completed(null))).isEqualTo(Recorded.LOST);
    }

    @Test
    default void aCancelledOrExpiredJobRetriedByHandStaysEnded() {
        var b = bench();
        var ids = everyState(b.worker());
        var ended =
                new ArrayList<>(
                        List.of(
                                ids.get(JobState.Name.CANCELLED),
                                ids.get(JobState.Name.EXPIRED),
                                ids.get(JobState.Name.COMPLETED)));
        var before = ended.stream().map(b::find).toList();
        assertThat(b.store().retry(ended, b.tick()).values())
                .containsExactlyInAnyOrder(
                        JobState.Name.CANCELLED, JobState.Name.EXPIRED, JobState.Name.COMPLETED);
        assertThat(ended.stream().map(b::find)).containsExactlyElementsOf(before);
    }

    @Test
    default void aScheduledJobRetriedByHandCanStillBeCancelled() {
        var b = bench();
        long id = b.enqueue(b.job().due(b.now().plusSeconds(60)));
        b.store().retry(List.of(id), b.tick());
        assertThat(cancel(List.of(id))).containsEntry(id, JobState.Name.AVAILABLE);
        assertThat(b.stateName(id)).isEqualTo(JobState.Name.CANCELLED);
        assertThat(b.worker().claim(1)).isEmpty();
    }
}
