package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Jobs that an ending brings. */
interface FollowContract extends Contract {
    private NewJob next(Duration delay) {
        var draft = bench().job().in("next");
        return bench().newJobs(
                        List.of(delay.isZero() ? draft : draft.due(bench().now().plus(delay))))
                .getFirst();
    }

    private static Ending bringing(Ending ending, NewJob... jobs) {
        return ending.with(new Ending.Follow(0, List.of(jobs)));
    }

    @Test
    default void whatFollowsAJobIsAcceptedWithItsEndingAndOnlyOnce() {
        var worker = bench().worker();
        bench().enqueue(bench().job());
        var job = worker.claimOne();
        var now = next(Duration.ZERO);
        var later = next(Duration.ofDays(1));
        var ending = bringing(worker.ends(job).completed("7"), now, later);
        assertThat(worker.report(ending)).isEqualTo(Recorded.RECORDED);
        bench().accepted(List.of(now, later));
        assertThat(bench().reopen().complete(List.of(ending))).containsExactly(Recorded.ALREADY);
        assertThat(bench().stateName(now.id())).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(bench().stateName(later.id())).isEqualTo(JobState.Name.SCHEDULED);
        assertThat(worker.claim("next", Set.of(Bench.WORK), 9)).hasSize(1);
    }

    @Test
    default void nothingFollowsAnEndingThatIsRefused() {
        var lost = bench().worker();
        bench().enqueue(bench().job());
        var job = lost.claimOne();
        bench().bury(lost);
        var next = next(Duration.ZERO);
        var ending = bringing(lost.ends(job).completed(null), next);
        assertThat(lost.report(ending)).isEqualTo(Recorded.LOST);
        assertThat(bench().store().find(next.id())).isEmpty();
        var plain = bench().worker();
        var again = plain.claimOnly(job.id());
        assertThat(bench().store().complete(List.of(ending, plain.ends(again).completed(null))))
                .containsExactly(Recorded.LOST, Recorded.RECORDED);
        assertThat(bench().store().find(next.id())).isEmpty();
    }
}
