package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.UniqueKey;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Unique keys whose later job takes the earlier one's place. */
interface ReplaceContract extends Contract {
    private Draft replacing() {
        return bench().job().unique("k", OnConflict.REPLACE);
    }

    private Draft debouncing() {
        return bench().job().unique("k", OnConflict.DEBOUNCE);
    }

    private long accept(Draft draft, How how) {
        var answer = bench().keyed(draft);
        assertThat(answer.how()).isEqualTo(how);
        assertThat(bench().holder("k")).as("holder").isEqualTo(answer.jobId());
        return answer.jobId();
    }

    /** The earlier job was cancelled and its history names the later. */
    private void assertReplaced(long earlier, long later) {
        var job = bench().find(earlier);
        assertThat(job.state()).isEqualTo(new JobState.Cancelled(bench().find(later).createdAt()));
        assertThat(job.attempts()).hasSize(1);
        var last = job.attempts().getFirst();
        assertThat(last.end()).isEqualTo(Attempt.End.CANCELLED);
        assertThat(last.worker()).isZero();
        assertThat(last.number()).isEqualTo(1);
        assertThat(Objects.requireNonNull(last.error()).message())
                .isEqualTo("replaced by job " + later);
    }

    @Test
    default void theLaterJobTakesThePlaceOfAnAvailableOneWithItsOwnPayload() {
        var b = bench();
        long first = accept(replacing().with("{\"n\":1}"), How.NEW);
        long second = accept(replacing().with("{\"n\":2}").at(7), How.REPLACED);
        assertReplaced(first, second);
        var job = b.worker().claimOnly(second);
        assertThat(job.payload()).isEqualTo("{\"n\":2}");
        assertThat(job.priority()).isEqualTo(7);
    }

    @Test
    default void itTakesTheDueTimeOfTheOneItReplaces() {
        var b = bench();
        var due = b.now().plusSeconds(60);
        long first = accept(replacing().due(due), How.NEW);
        long second = accept(replacing(), How.REPLACED);
        assertReplaced(first, second);
        assertThat(b.state(second)).isEqualTo(new JobState.Scheduled(due, false));
        long third = accept(replacing().due(due.plusSeconds(60)), How.REPLACED);
        assertReplaced(second, third);
        assertThat(b.state(third)).isEqualTo(new JobState.Scheduled(due, false));
        b.advance(Duration.ofSeconds(61));
        assertThat(b.promoteAll()).isEqualTo(1);
        long fourth = accept(replacing().due(b.now().plusSeconds(60)), How.REPLACED);
        assertReplaced(third, fourth);
        assertThat(b.state(fourth)).isEqualTo(new JobState.Available());
        b.worker().claimOnly(fourth);
    }

    @Test
    default void aDebouncedJobIsDueWhenTheLaterSays() {
        var b = bench();
        var due = b.now().plusSeconds(60);
        long first = accept(debouncing().due(due), How.NEW);
        long second = accept(debouncing().due(due.plusSeconds(1)), How.REPLACED);
        assertReplaced(first, second);
        assertThat(b.state(second)).isEqualTo(new JobState.Scheduled(due.plusSeconds(1), false));
        long third = accept(debouncing(), How.REPLACED);
        assertThat(b.state(third)).isEqualTo(new JobState.Available());
        long fourth = accept(debouncing().due(due), How.REPLACED);
        assertReplaced(third, fourth);
        assertThat(b.state(fourth)).isEqualTo(new JobState.Scheduled(due, false));
        b.advance(Duration.ofSeconds(61));
        assertThat(b.promoteAll()).isEqualTo(1);
        b.worker().claimOnly(fourth);
    }

    @Test
    default void aJobOfAnotherQueueStaysWhateverHoldsItsKey() {
        var b = bench();
        for (var answer : List.of(OnConflict.REPLACE, OnConflict.DEBOUNCE)) {
            String key = "k-" + answer.text();
            long first = b.keyed(b.job().unique(key, answer)).jobId();
            var other = b.job().in("elsewhere").unique(key, answer);
            assertThat(b.keyed(other)).isEqualTo(new Accepted(first, How.DUPLICATE));
            assertThat(b.stateName(first)).isEqualTo(JobState.Name.AVAILABLE);
            var worker = b.worker();
            var running = worker.claimOnly(first);
            assertThat(b.keyed(other)).isEqualTo(new Accepted(first, How.DUPLICATE));
            assertThat(b.holder(key)).isEqualTo(first);
            worker.complete(running);
            assertThat(b.keyed(other).how()).isEqualTo(How.NEW);
        }
    }

    @Test
    default void aRunningHolderGoesOnWithoutItsKey() {
        var b = bench();
        var worker = b.worker();
        for (var answer : List.of(OnConflict.REPLACE, OnConflict.DEBOUNCE)) {
            var draft = b.job().unique("k", answer);
            long first = accept(draft, How.NEW);
            var running = worker.claimOnly(first);
            long second = accept(draft, How.NEW);
            assertThat(b.stateName(first)).isEqualTo(JobState.Name.RUNNING);
            long third = accept(draft, How.REPLACED);
            assertReplaced(second, third);
            worker.complete(running);
            assertThat(b.stateName(first)).isEqualTo(JobState.Name.COMPLETED);
            assertThat(b.holder("k")).isEqualTo(third);
            assertThat(b.keyed(b.job().unique("k"))).isEqualTo(new Accepted(third, How.DUPLICATE));
            worker.complete(worker.claimOnly(third));
            assertThat(b.holder("k")).isZero();
        }
    }

    @Test
    default void aHolderThatLostItsKeyWhileItRanKeepsNoOthersKeyHoweverItEnds() {
        var b = bench();
        var worker = b.worker();
        long failing = accept(replacing(), How.NEW);
        var one = worker.claimOnly(failing);
        long discarded = accept(replacing(), How.NEW);
        worker.fail(one, Duration.ofHours(1));
        var two = worker.claimOnly(discarded);
        long last = accept(replacing(), How.NEW);
        worker.report(worker.ends(two).discarded("no"));
        assertThat(b.holder("k")).isEqualTo(last);
        b.store().cancel(List.of(failing), "no", b.tick());
        assertThat(b.holder("k")).isEqualTo(last);
        b.store().delete(List.of(failing, discarded));
        b.pruned(List.of(failing, discarded));
        assertThat(b.holder("k")).isEqualTo(last);
    }

    @Test
    default void aHolderThatWaitsForItsNextAttemptIsReplaced() {
        var b = bench();
        var worker = b.worker();
        long first = accept(replacing(), How.NEW);
        worker.fail(worker.claimOnly(first), Duration.ofMinutes(1));
        var due = ((JobState.Scheduled) b.state(first)).runAt();
        long second = accept(replacing(), How.REPLACED);
        assertThat(b.stateName(first)).isEqualTo(JobState.Name.CANCELLED);
        assertThat(b.find(first).attempts())
                .extracting(Attempt::end)
                .containsExactly(Attempt.End.FAILED, Attempt.End.CANCELLED);
        assertThat(b.find(first).attempts().getLast().number()).isEqualTo(2);
        assertThat(b.state(second)).isEqualTo(new JobState.Scheduled(due, false));
    }

    @Test
    default void aHolderThatEndedWithinItsWindowLeavesTheKeyToALaterThatReplaces() {
        var b = bench();
        var worker = b.worker();
        var key = UniqueKey.whileLive("k").within(Duration.ofHours(1));
        long first = accept(b.job().unique(key), How.NEW);
        worker.complete(worker.claimOnly(first));
        long second = accept(b.job().unique(key.onConflict(OnConflict.REPLACE)), How.NEW);
        assertThat(b.stateName(first)).isEqualTo(JobState.Name.COMPLETED);
        worker.complete(worker.claimOnly(second));
        assertThat(b.holder("k")).isEqualTo(second);
    }

    @Test
    default void theAnswerToAConflictIsTheLaterJobs() {
        var b = bench();
        long kept = accept(b.job().unique("k"), How.NEW);
        long second = accept(replacing(), How.REPLACED);
        assertReplaced(kept, second);
        assertThat(b.keyed(b.job().unique("k"))).isEqualTo(new Accepted(second, How.DUPLICATE));
    }

    @Test
    default void replacementsInOneCallFollowEachOther() {
        var b = bench();
        var jobs =
                b.newJobs(
                        List.of(
                                replacing(),
                                b.job(),
                                replacing(),
                                b.job().unique("k"),
                                debouncing()));
        var answers = b.keyed(b.store(), jobs, false);
        long last = jobs.get(4).id();
        assertThat(answers)
                .containsExactly(
                        new Accepted(jobs.get(0).id(), How.NEW),
                        new Accepted(jobs.get(1).id(), How.NEW),
                        new Accepted(jobs.get(2).id(), How.REPLACED),
                        new Accepted(jobs.get(2).id(), How.DUPLICATE),
                        new Accepted(last, How.REPLACED));
        assertReplaced(jobs.get(0).id(), jobs.get(2).id());
        assertReplaced(jobs.get(2).id(), last);
        assertThat(Bench.ids(b.worker().claim(10))).containsExactly(jobs.get(1).id(), last);
    }

    @Test
    default void aResentReplacementChangesNothing() {
        var b = bench();
        long waiting = accept(replacing(), How.NEW);
        var jobs = b.newJobs(List.of(replacing(), replacing()));
        b.keyed(b.store(), jobs, false);
        long first = jobs.get(0).id();
        long second = jobs.get(1).id();
        for (int i = 0; i < 2; i++) {
            var answers = b.keyed(b.store(), jobs, true);
            assertThat(answers).extracting(Accepted::jobId).containsExactly(first, second);
            assertThat(answers).extracting(Accepted::how).isSubsetOf(How.NEW, How.REPLACED);
            assertReplaced(waiting, first);
            assertReplaced(first, second);
            assertThat(b.holder("k")).isEqualTo(second);
        }
        assertThat(Bench.ids(b.worker().claim(10))).containsExactly(second);
    }

    @Test
    default void aReplacementTakesItsOwnWindowAndTimeToLive() {
        var b = bench();
        var second = UniqueKey.whileLive("k").within(Duration.ofSeconds(1));
        accept(b.job().unique(second).ttl(Duration.ofSeconds(1)), How.NEW);
        var hour = second.within(Duration.ofHours(1)).onConflict(OnConflict.REPLACE);
        long later = accept(b.job().unique(hour).ttl(Duration.ofHours(1)), How.REPLACED);
        b.advance(Duration.ofSeconds(2));
        assertThat(b.settleAll().expired()).isZero();
        assertThat(b.holder("k")).isEqualTo(later);
        b.advance(Duration.ofHours(1));
        assertThat(b.settleAll().expired()).isEqualTo(1);
        assertThat(b.stateName(later)).isEqualTo(JobState.Name.EXPIRED);
        assertThat(b.holder("k")).isZero();
    }
}
