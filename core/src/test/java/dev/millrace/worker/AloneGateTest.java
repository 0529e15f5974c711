package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

final class AloneGateTest {
    private final AtomicLong nanos = new AtomicLong(-7);
    private final AloneGate gate = new AloneGate(nanos::get);

    @Test
    void anAnnouncedJobWaitsForNeighboursToEndAndKeepsOthersOut() {
        assertThat(gate.tryStart(false)).isTrue();
        gate.announce();
        assertThat(gate.isOpen()).isFalse();
        assertThat(gate.tryStart(false)).isFalse();
        assertThat(gate.tryStart(true)).isFalse();
        assertThat(gate.ended(false)).isTrue();
        assertThat(gate.tryStart(true)).isTrue();
        assertThat(gate.tryStart(false)).isFalse();
        assertThat(gate.ended(true)).isTrue();
        assertThat(gate.tryStart(false)).isTrue();
    }

    @Test
    void neitherWaitingNorRunningAloneLastsLongerThanItsBound() {
        gate.tryStart(false);
        gate.announce();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(30));
        assertThat(gate.tryStart(true)).isTrue();
        assertThat(gate.tryStart(false)).isFalse();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(30));
        assertThat(gate.tryStart(false)).isTrue();
    }

    @Test
    void aJobGivenBackLetsOthersStartAgain() {
        gate.announce();
        assertThat(gate.isOpen()).isFalse();
        gate.withdraw();
        assertThat(gate.isOpen()).isTrue();
    }
}
