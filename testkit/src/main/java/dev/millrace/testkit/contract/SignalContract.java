package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.JobStore;

import org.junit.jupiter.api.Test;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waking workers. Only that a signal comes is tested, not how soon. */
interface SignalContract extends Contract {
    /** The most seconds a signal may take on a machine that does other things too. */
    long PATIENCE_SECONDS = 60;

    @Test
    default void aListenerIsCalledAfterAnEnqueueInItsOwnProcess() throws InterruptedException {
        var called = new Semaphore(0);
        var subscription = bench().store().signals().onWork(called::release);
        bench().enqueue(bench().job());
        awaitCall(called);
        subscription.close();
    }

    @Test
    default void aListenerIsCalledAfterAnEnqueueInAnotherProcess() throws InterruptedException {
        JobStore other = bench().reopen();
        var called = new Semaphore(0);
        var subscription = other.signals().onWork(called::release);
        bench().enqueue(bench().job());
        awaitCall(called);
        subscription.close();
    }

    @Test
    default void everyListenerIsCalledAgainForLaterWork() throws InterruptedException {
        var first = new Semaphore(0);
        var second = new Semaphore(0);
        var signals = bench().store().signals();
        var one = signals.onWork(first::release);
        var two = signals.onWork(second::release);
        for (int i = 0; i < 3; i++) {
            first.drainPermits();
            second.drainPermits();
            bench().enqueue(bench().job());
            awaitCall(first);
            awaitCall(second);
        }
        one.close();
        two.close();
    }

    @Test
    default void anAnnouncementReachesThisProcessAndOthers() throws InterruptedException {
        var here = new Semaphore(0);
        var there = new Semaphore(0);
        JobStore other = bench().reopen();
        var one = bench().store().signals().onWork(here::release);
        var two = other.signals().onWork(there::release);
        bench().store().signals().announce();
        awaitCall(here);
        awaitCall(there);
        one.close();
        two.close();
    }

    @Test
    default void aListenerMayBeClosedTwiceAndOthersGoOn() throws InterruptedException {
        var called = new Semaphore(0);
        var signals = bench().store().signals();
        var closed = signals.onWork(() -> {});
        var open = signals.onWork(called::release);
        closed.close();
        closed.close();
        bench().enqueue(bench().job());
        awaitCall(called);
        open.close();
    }

    @Test
    default void aStoreMayBeClosedWhileSomeoneListens() {
        JobStore other = bench().reopen();
        assertThat(other.signals().onWork(() -> {})).isNotNull();
        bench().shut(other);
        bench().enqueue(bench().job());
    }

    private static void awaitCall(Semaphore called) throws InterruptedException {
        assertThat(called.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("called within %d s", PATIENCE_SECONDS)
                .isTrue();
    }
}
