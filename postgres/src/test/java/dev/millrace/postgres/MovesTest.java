package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobFilter;
import dev.millrace.store.NewJob;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Where jobs go after a claim, and when. */
class MovesTest extends StoreTest {
    @Test
    void endingsOfEveryOutcomeAreRecordedTogether() {
        store.enqueue(jobs(6, KIND, 4), false);
        long worker = worker();
        var t = claim(worker, 10, false);
        var later = NOW.plusSeconds(60);
        var answers =
                store.complete(
                        List.of(
                                done(t.get(5), worker),
                                ending(
                                        t.get(0),
                                        worker,
                                        Attempt.End.FAILED,
                                        new Ending.Next.Again(later, 2, 0)),
                                ending(
                                        t.get(1),
                                        worker,
                                        Attempt.End.FAILED,
                                        new Ending.Next.Again(NOW, 2, 0)),
                                ending(
                                        t.get(2),
                                        worker,
                                        Attempt.End.DISCARDED,
                                        new Ending.Next.Discarded()),
                                ending(
                                        t.get(3),
                                        worker,
                                        Attempt.End.SNOOZED,
                                        new Ending.Next.Again(later, 1, 0))));
        assertThat(answers).containsOnly(Recorded.RECORDED);
        assertThat(state(t.get(0).id())).isEqualTo(new JobState.Scheduled(later, true));
        assertThat(state(t.get(1).id())).isEqualTo(new JobState.Available());
        assertThat(state(t.get(2).id())).isEqualTo(new JobState.Discarded(NOW.plusMillis(5)));
        assertThat(state(t.get(3).id())).isEqualTo(new JobState.Scheduled(later, false));
        assertThat(state(t.get(4).id())).isEqualTo(new JobState.Running(worker, NOW));
        var failed = store.find(t.get(0).id()).orElseThrow();
        assertThat(failed.attempt()).isEqualTo(2);
        assertThat(failed.attempts().getFirst().error()).isEqualTo(new ErrorInfo("E", "m\nn", "s"));

        var queue = store.queues().getFirst();
        assertThat(queue.available()).isEqualTo(1);
        assertThat(queue.scheduled()).isEqualTo(2);
        assertThat(queue.running()).isEqualTo(1);
        assertThat(queue.discarded()).isEqualTo(1);
        for (JobState.Name name : JobState.Name.values()) {
            var page = store.list(new JobFilter(name, "q", "test.kind", null), 1, null);
            var all = new ArrayList<>(page.items());
            while (page.next() != null) {
                page = store.list(new JobFilter(name, "q", null, null), 1, page.next());
                all.addAll(page.items());
            }
            assertThat(all).allMatch(j -> j.state().name() == name);
            assertThat(all)
                    .hasSize(
                            switch (name) {
                                case SCHEDULED -> 2;
                                case AVAILABLE, RUNNING, DISCARDED, COMPLETED -> 1;
                                case CANCELLED, EXPIRED -> 0;
                            });
        }
        assertThat(store.list(JobFilter.all(), 4, null).items()).hasSize(4);
        assertThat(store.list(new JobFilter(null, null, null, "b:c"), 10, null).items()).hasSize(2);

        assertThat(store.retry(t.stream().map(ClaimedJob::id).toList(), NOW))
                .containsEntry(t.get(0).id(), JobState.Name.SCHEDULED)
                .containsEntry(t.get(2).id(), JobState.Name.DISCARDED)
                .containsEntry(t.get(4).id(), JobState.Name.RUNNING)
                .containsEntry(t.get(5).id(), JobState.Name.COMPLETED);
        var again = claim(worker, 10, false);
        assertThat(again).hasSize(4);
        assertThat(store.giveBack(worker, again.stream().map(ClaimedJob::claim).toList()))
                .isEqualTo(4);
        assertThat(store.complete(again.stream().map(j -> done(j, worker)).toList()))
                .containsOnly(Recorded.LOST);
    }

    @Test
    void dueJobsArePromotedEarliestFirst() {
        var made = new ArrayList<NewJob>();
        long first = store.reserveIds(300).first();
        for (int i = 0; i < 300; i++) {
            made.add(job(first + i, KIND, 4, NOW.plusSeconds(300 - i)));
        }
        store.enqueue(made.subList(0, 1), false);
        store.enqueue(made.subList(1, 50), false);
        store.enqueue(made.subList(50, 300), false);
        long worker = worker();
        assertThat(store.promote(NOW, 100).nextDue()).isEqualTo(NOW.plusSeconds(1));
        var step = store.promote(NOW.plusSeconds(20), 10);
        assertThat(step.promoted()).isEqualTo(10);
        assertThat(step.nextDue()).isEqualTo(NOW.plusSeconds(11));
        step = store.promote(NOW.plusSeconds(20), 100);
        assertThat(step.promoted()).isEqualTo(10);
        assertThat(step.nextDue()).isEqualTo(NOW.plusSeconds(21));
        assertThat(claim(worker, 100, false).stream().map(ClaimedJob::id).toList())
                .hasSize(20)
                .startsWith(first + 299, first + 298, first + 297);
    }

    @Test
    void youngJobsWithLowIdsDoNotHideOldOnes() throws Exception {
        store.enqueue(jobs(10, KIND, 4), false);
        long worker = worker();
        var taken = claim(worker, 10, false);
        store.complete(taken.stream().map(j -> done(j, worker)).toList());
        execute("update {schema}.job set created_at = now() + interval '9 h' where id % 2 = 1");
        execute(
                "update {schema}.history set ended_at = now() + interval '9 h' where job_id % 2 ="
                        + " 1");
        var after = NOW.plus(Duration.ofHours(1));
        for (long at = store.prune(PruneRules.finishedBefore(after), 0, 2); at != 0; ) {
            at = store.prune(PruneRules.finishedBefore(after), at, 2);
        }
        assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(5);
    }

    @Test
    void finishedJobsArePrunedAndLiveOnesStay() {
        store.enqueue(jobs(10, KIND, 4), false);
        long worker = worker();
        var taken = claim(worker, 5, false);
        store.complete(taken.stream().map(j -> done(j, worker)).toList());
        assertThat(store.prune(PruneRules.finishedBefore(NOW), 0, 100)).isZero();
        assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(10);
        var after = NOW.plus(Duration.ofHours(1));
        long at = store.prune(PruneRules.finishedBefore(after), 0, 3);
        assertThat(at).isPositive();
        assertThat(store.prune(PruneRules.finishedBefore(after), at, 100)).isZero();
        assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(5);
        var left = new HashSet<JobState.Name>();
        store.list(JobFilter.all(), 100, null).items().forEach(j -> left.add(j.state().name()));
        assertThat(left).containsExactly(JobState.Name.AVAILABLE);
    }
}
