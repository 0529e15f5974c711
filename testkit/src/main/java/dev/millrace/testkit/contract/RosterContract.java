package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.KindVersion;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.HeldJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.Recorded;
import dev.millrace.store.RemoteTerms;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Workers that are told to drain, workers with a lease of their own, and what workers hold. */
interface RosterContract extends Contract {
    private WorkerSnapshot shown(long id) {
        return bench().store().workers().stream()
                .filter(each -> each.id() == id)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no worker " + id));
    }

    @Test
    default void aWorkerLearnsByItsNextPulseThatItIsToDrainWhoeverSaidIt() {
        var b = bench();
        var worker = b.worker();
        var neighbour = b.worker();
        assertThat(worker.pulse().draining()).isFalse();
        assertThat(shown(worker.id()).draining()).isFalse();
        assertThat(b.reopen().drain(worker.id())).isTrue();
        assertThat(worker.pulse(false).draining()).isTrue();
        assertThat(worker.pulse(true).draining()).isTrue();
        assertThat(neighbour.pulse().draining()).isFalse();
        assertThat(shown(worker.id()).draining()).isTrue();
        assertThat(shown(worker.id()).takesJobs(b.now())).isFalse();
        assertThat(shown(neighbour.id()).takesJobs(b.now())).isTrue();
        assertThat(b.store().drain(worker.id())).as("twice is once").isTrue();
    }

    @Test
    default void nobodyIsDrainedWhoIsUnknownOrDead() {
        var b = bench();
        assertThat(b.store().drain(4711)).isFalse();
        var worker = b.worker();
        b.enqueue(b.job());
        worker.claimOne();
        b.bury(worker);
        assertThat(b.store().drain(worker.id())).isFalse();
        assertThat(worker.pulse().draining()).isFalse();
    }

    @Test
    default void aWorkerWithALeaseOfItsOwnIsSeenWithItAndWithoutALock() {
        var b = bench();
        var lease = Duration.ofSeconds(90);
        var remote = new RemoteTerms(lease, "5ea1", "token far");
        var kinds = Set.of(new KindVersion("far", 1), new KindVersion("a:b/c.d-e_f", 20));
        var info = new WorkerInfo("far", "py-1", Map.of(Bench.QUEUE, 3), b.tick(), kinds, remote);
        var far = new Hand(b, b.store(), b.store().register(info));
        var seen = b.sighting(far);
        assertThat(seen.lease()).isEqualTo(lease);
        assertThat(seen.lock()).isEqualTo(Lock.UNKNOWN);
        assertThat(b.sighting(b.worker()).lease()).isNull();
        assertThat(shown(far.id()).remote()).isEqualTo(remote);
        assertThat(shown(far.id()).kinds()).isEqualTo(kinds);
        assertThat(shown(far.id()).mayRun(new KindVersion("far", 1))).isTrue();
        assertThat(shown(far.id()).mayRun(new KindVersion("far", 2))).isFalse();
        assertThat(shown(b.worker().id()).remote()).isNull();
        assertThat(shown(b.worker().id()).mayRun(new KindVersion("any", 1))).isTrue();
        assertThat(seen.beat()).as("it has not beaten yet").isZero();
        assertThat(shown(far.id()).hasBeaten()).isFalse();
        assertThat(shown(far.id()).isLive(b.now().plusSeconds(20))).isTrue();
        assertThat(shown(far.id()).isLive(b.now().plusSeconds(40))).isFalse();

        b.tick();
        var other = new Hand(b, b.reopen(), far.id());
        assertThat(other.pulse().alive()).as("beats come through any process").isTrue();
        assertThat(b.sighting(far).beat()).isEqualTo(seen.beat() + 1);
        assertThat(shown(far.id()).hasBeaten()).isTrue();
        assertThat(shown(far.id()).isLive(b.now().plusSeconds(80))).isTrue();
        assertThat(shown(far.id()).isLive(b.now().plusSeconds(100))).isFalse();
        b.enqueue(b.job());
        var job = other.claimOne();
        assertThat(far.complete(job)).isEqualTo(Recorded.RECORDED);
        b.store().deregister(far.id());
        assertThat(b.store().workers()).noneMatch(each -> each.id() == far.id());
    }

    @Test
    default void whatAWorkerHoldsIsShownAsItWasClaimed() {
        var b = bench();
        var worker = b.worker();
        var retry = RetryPolicy.standard().attempts(7).fixed(Duration.ofSeconds(3));
        b.enqueue(
                b.job().with("{\"n\":1}").tagged("t").at(7).retrying(retry).key("tenant", "acme"));
        b.doorman().all();
        b.enqueue(2, b.job());
        var jobs = worker.claim(3);
        var claims = jobs.stream().map(job -> job.claim()).toList();
        var held = b.store().claimed(worker.id(), claims, true);
        assertThat(held.stream().map(HeldJob::job)).containsExactlyInAnyOrderElementsOf(jobs);
        assertThat(held).allMatch(each -> !each.claimedAt().isAfter(b.now()));
        var bare = b.store().claimed(worker.id(), claims.subList(0, 1), false);
        assertThat(bare).hasSize(1);
        assertThat(bare.getFirst().job().payload()).isEmpty();
        assertThat(bare.getFirst().job().retry()).isEqualTo(retry);

        var first = claims.getFirst();
        var wrong = new JobClaim(first.jobId(), first.claimId() + 1);
        assertThat(b.store().claimed(worker.id(), List.of(wrong), true)).isEmpty();
        assertThat(b.store().claimed(worker.id() + 1, claims, true)).isEmpty();
        assertThat(b.store().claimed(worker.id(), List.of(), true)).isEmpty();
        worker.complete(jobs.getFirst());
        assertThat(b.store().claimed(worker.id(), claims, true)).hasSize(2);
    }
}
