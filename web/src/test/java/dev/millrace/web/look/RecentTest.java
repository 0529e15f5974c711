package dev.millrace.web.look;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.job.Hiding;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Workers and queues as they were seen a moment ago. */
class RecentTest {
    private final FakeClock clock = new FakeClock();
    private final Changes changes = new Changes();
    private int looks;
    private Duration takes = Duration.ZERO;
    private final MemoryStore store =
            new MemoryStore() {
                @Override
                public List<QueueSnapshot> queues() {
                    looks++;
                    clock.advance(takes);
                    return super.queues();
                }
            };
    private final Recent recent = new Recent(store, clock, Hiding.NOTHING, changes);

    private int looksAfter(Duration time) {
        clock.advance(time);
        recent.seen();
        return looks;
    }

    @Test
    void aLookIsSharedForHalfASecond() {
        assertThat(looksAfter(Duration.ZERO)).isEqualTo(1);
        assertThat(looksAfter(Duration.ofMillis(499))).isEqualTo(1);
        assertThat(looksAfter(Duration.ofMillis(1))).isEqualTo(2);
    }

    @Test
    void aSlowLookIsSharedTenTimesAsLongAsItTook() {
        takes = Duration.ofMillis(300);
        assertThat(looksAfter(Duration.ZERO)).isEqualTo(1);
        assertThat(looksAfter(Duration.ofMillis(2_999))).isEqualTo(1);
        assertThat(looksAfter(Duration.ofMillis(1))).isEqualTo(2);
        takes = Duration.ofMinutes(1);
        assertThat(looksAfter(Duration.ofSeconds(3))).isEqualTo(3);
        assertThat(looksAfter(Duration.ofSeconds(4))).isEqualTo(3);
        assertThat(looksAfter(Duration.ofSeconds(1))).isEqualTo(4);
    }

    @Test
    void whatWasSeenBeforeAChangeDoesNotServeWhoMadeIt() {
        recent.seen();
        long change = changes.made();
        recent.seen();
        assertThat(looks).isEqualTo(1);
        assertThat(recent.seen(change).change()).isGreaterThanOrEqualTo(change);
        recent.seen(change);
        assertThat(looks).isEqualTo(2);
        recent.forget();
        recent.seen();
        assertThat(looks).isEqualTo(3);
    }

    @Test
    void whoMustNotWaitIsToldWithoutCounting() {
        store.control("q", QueueControl.Change.paused(true));
        assertThat(recent.viewAtOnce("q").queues().get("q").control().paused()).isTrue();
        assertThat(recent.view("q").queues().get("q").control().paused()).isTrue();
        assertThat(looks).isZero();
        store.control("q", QueueControl.Change.paused(false));
        recent.forget();
        assertThat(recent.viewAtOnce("q").queues().get("q").control().paused()).isFalse();
        assertThat(looks).isZero();
    }
}
