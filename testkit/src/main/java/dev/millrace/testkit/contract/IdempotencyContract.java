package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobOptions;
import dev.millrace.job.JobState;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Idempotency keys, alone and beside unique ones. */
interface IdempotencyContract extends Contract {
    private Draft request(String fingerprint) {
        return bench().job().idempotent("i", fingerprint);
    }

    private Accepted first() {
        var answer = bench().keyed(request("same"));
        assertThat(answer.how()).isEqualTo(How.NEW);
        return answer;
    }

    @Test
    default void theSameRequestIsAnsweredWithTheFirstJobAlsoAfterItsEnd() {
        var b = bench();
        long id = first().jobId();
        var duplicate = new Accepted(id, How.DUPLICATE);
        assertThat(b.keyed(request("same"))).isEqualTo(duplicate);
        var worker = b.worker();
        var job = worker.claimOnly(id);
        assertThat(b.keyed(request("same"))).isEqualTo(duplicate);
        worker.complete(job);
        assertThat(b.keyed(request("same"))).isEqualTo(duplicate);
        b.store().delete(List.of(id));
        b.pruned(List.of(id));
        assertThat(b.keyed(request("same"))).isEqualTo(duplicate);
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void anotherRequestWithTheSameKeyIsAConflictAndNothingIsAccepted() {
        var b = bench();
        long id = first().jobId();
        var other = b.newJobs(List.of(request("other").unique("u")));
        assertThat(b.keyed(b.store(), other, false))
                .containsExactly(new Accepted(id, How.CONFLICT));
        assertThat(b.store().find(other.getFirst().id())).isEmpty();
        assertThat(b.holder("u")).isZero();
        var worker = b.worker();
        worker.complete(worker.claimOnly(id));
        assertThat(b.keyed(request("other"))).isEqualTo(new Accepted(id, How.CONFLICT));
        assertThat(b.keyed(request("same"))).isEqualTo(new Accepted(id, How.DUPLICATE));
    }

    @Test
    default void afterItsWindowTheKeyStandsForAFreshJob() {
        var b = bench();
        long id = first().jobId();
        var until = b.find(id).createdAt().plus(JobOptions.IDEMPOTENCY_WINDOW);
        b.advance(Duration.between(b.now(), until).minusMillis(2));
        assertThat(b.keyed(request("other"))).isEqualTo(new Accepted(id, How.CONFLICT));
        var fresh = b.keyed(request("other"));
        assertThat(fresh.how()).isEqualTo(How.NEW);
        assertThat(b.keyed(request("other"))).isEqualTo(new Accepted(fresh.jobId(), How.DUPLICATE));
        assertThat(b.keyed(request("same"))).isEqualTo(new Accepted(fresh.jobId(), How.CONFLICT));
    }

    @Test
    default void theSameKeyTwiceInOneCallIsDecidedInOrder() {
        var b = bench();
        var jobs = b.newJobs(List.of(request("a"), b.job(), request("a"), request("b")));
        long id = jobs.getFirst().id();
        assertThat(b.keyed(b.store(), jobs, false))
                .containsExactly(
                        new Accepted(id, How.NEW),
                        new Accepted(jobs.get(1).id(), How.NEW),
                        new Accepted(id, How.DUPLICATE),
                        new Accepted(id, How.CONFLICT));
        assertThat(Bench.ids(b.worker().claim(10))).containsExactly(id, jobs.get(1).id());
    }

    @Test
    default void keysOfTheTwoKindsNeverMeet() {
        var b = bench();
        long unique = b.keyed(b.job().unique("i")).jobId();
        assertThat(b.holder("i")).isEqualTo(unique);
        long id = first().jobId();
        assertThat(id).isNotEqualTo(unique);
        assertThat(b.holder("i")).isEqualTo(unique);
        assertThat(b.keyed(request("same"))).isEqualTo(new Accepted(id, How.DUPLICATE));
        assertThat(b.keyed(b.job().unique("i"))).isEqualTo(new Accepted(unique, How.DUPLICATE));
    }

    @Test
    default void aJobWithBothKeysHoldsBoth() {
        var b = bench();
        long id = b.keyed(request("same").unique("u")).jobId();
        assertThat(b.holder("u")).isEqualTo(id);
        assertThat(b.keyed(b.job().unique("u"))).isEqualTo(new Accepted(id, How.DUPLICATE));
        assertThat(b.keyed(request("same").unique("u"))).isEqualTo(new Accepted(id, How.DUPLICATE));
        assertThat(b.keyed(request("other").unique("u"))).isEqualTo(new Accepted(id, How.CONFLICT));
        var worker = b.worker();
        worker.complete(worker.claimOnly(id));
        assertThat(b.holder("u")).isZero();
        assertThat(b.keyed(request("same").unique("u"))).isEqualTo(new Accepted(id, How.DUPLICATE));
        assertThat(b.holder("u")).as("not taken by a duplicate").isZero();
    }

    @Test
    default void theIdempotencyKeyOfADuplicateStandsForTheJobThatHoldsTheUniqueKey() {
        var b = bench();
        long holder = b.keyed(b.job().unique("u")).jobId();
        var duplicate = new Accepted(holder, How.DUPLICATE);
        assertThat(b.keyed(request("same").unique("u"))).isEqualTo(duplicate);
        var worker = b.worker();
        worker.complete(worker.claimOnly(holder));
        assertThat(b.keyed(request("same").unique("u"))).isEqualTo(duplicate);
        assertThat(b.keyed(request("other").unique("u")))
                .isEqualTo(new Accepted(holder, How.CONFLICT));
        assertThat(b.holder("u")).isZero();
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void aRequestThatCameBeforeReplacesNothing() {
        var b = bench();
        var draft = request("same").unique("u", OnConflict.REPLACE);
        long first = b.keyed(draft).jobId();
        assertThat(b.keyed(draft)).isEqualTo(new Accepted(first, How.DUPLICATE));
        assertThat(b.stateName(first)).isEqualTo(JobState.Name.AVAILABLE);
        long second = b.keyed(b.job().unique("u", OnConflict.REPLACE)).jobId();
        assertThat(b.stateName(first)).isEqualTo(JobState.Name.CANCELLED);
        assertThat(b.keyed(draft)).isEqualTo(new Accepted(first, How.DUPLICATE));
        assertThat(b.holder("u")).isEqualTo(second);
        assertThat(b.stateName(second)).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    default void aResendWithBothKeysIsAnsweredAsTheFirstTime() {
        var b = bench();
        long held = b.keyed(b.job().unique("held")).jobId();
        var jobs =
                b.newJobs(
                        List.of(
                                request("a").unique("u"),
                                b.job().idempotent("j", "a").unique("held"),
                                request("a").unique("u"),
                                request("b").unique("v")));
        long id = jobs.getFirst().id();
        var expected =
                List.of(
                        new Accepted(id, How.NEW),
                        new Accepted(held, How.DUPLICATE),
                        new Accepted(id, How.DUPLICATE),
                        new Accepted(id, How.CONFLICT));
        assertThat(b.keyed(b.store(), jobs, false)).isEqualTo(expected);
        assertThat(b.keyed(b.store(), jobs, true)).isEqualTo(expected);
        var worker = b.worker();
        worker.claim(10).forEach(worker::complete);
        assertThat(b.keyed(b.store(), jobs, true)).isEqualTo(expected);
        assertThat(b.holder("u")).isZero();
        assertThat(b.holder("v")).isZero();
        assertThat(worker.claim(10)).isEmpty();
    }
}
