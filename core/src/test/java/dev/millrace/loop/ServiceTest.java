package dev.millrace.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(60)
final class ServiceTest {
    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void aFailingStepIsTriedAgainForEver() throws InterruptedException {
        var worked = new CountDownLatch(1);
        var tries = new AtomicInteger();
        var service =
                new Service(
                        "test",
                        new Random(1),
                        () -> {
                            switch (tries.incrementAndGet()) {
                                case 1 -> throw new IllegalStateException("broken");
                                case 2 -> throw new StackOverflowError();
                                default -> worked.countDown();
                            }
                            return LONG;
                        });
        service.start();
        worked.await();
        service.stop(LONG);
        assertThat(tries).hasValue(3);
        assertThatIllegalStateException().isThrownBy(service::start);
    }

    @Test
    void itRunsWhileWhatComputesKeepsAllCarriers() throws InterruptedException {
        int carriers = Runtime.getRuntime().availableProcessors();
        var released = new AtomicBoolean();
        var computing = new CountDownLatch(carriers);
        for (int i = 0; i < carriers; i++) {
            Thread.ofVirtual()
                    .start(() -> {
                        computing.countDown();
                        while (!released.get()) {
                            Thread.onSpinWait();
                        }
                    });
        }
        var worked = new CountDownLatch(1);
        var service =
                new Service(
                        "test",
                        new Random(1),
                        () -> {
                            worked.countDown();
                            return LONG;
                        });
        try {
            computing.await();
            service.start();
            worked.await();
        } finally {
            released.set(true);
        }
        service.stop(LONG);
        assertThat(worked.getCount()).isZero();
    }

    @Test
    void noWaitAfterAFailureIsLongerThanTheLargest() throws InterruptedException {
        // with the usual bound these would take a quarter of an hour
        var worked = new CountDownLatch(200);
        var service =
                new Service(
                        "test",
                        new Random(1),
                        Duration.ofMillis(1),
                        () -> {
                            worked.countDown();
                            throw new IllegalStateException("broken");
                        });
        service.start();
        worked.await();
        service.stop(LONG);
        assertThat(worked.getCount()).isZero();
    }

    @Test
    void wakingEndsTheRestEvenWhenItComesBeforeTheRestBegan() throws InterruptedException {
        var turns = new Semaphore(0);
        var go = new Semaphore(0);
        var service =
                new Service(
                        "test",
                        new Random(1),
                        () -> {
                            turns.release();
                            go.acquire();
                            return LONG;
                        });
        service.start();
        turns.acquire();
        service.wake();
        go.release();
        turns.acquire();
        go.release();
        service.stop(LONG);
        service.stop(LONG);
    }

    @Test
    void aStepThatDoesNotEndIsInterrupted() throws InterruptedException {
        var entered = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var service =
                new Service(
                        "test",
                        new Random(1),
                        () -> {
                            entered.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                interrupted.countDown();
                                throw e;
                            }
                            return LONG;
                        });
        service.start();
        entered.await();
        service.stop(Duration.ZERO.plusMillis(1));
        interrupted.await();
    }

    @Test
    void backoffDoublesWithinItsBoundsAndStartsOverAfterSuccess() {
        var backoff = new Backoff(Duration.ofMillis(100), Duration.ofMillis(350), new Random(1));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(175), Duration.ofMillis(350));
        assertThat(backoff.next()).isBetween(Duration.ofMillis(175), Duration.ofMillis(350));
        backoff.reset();
        assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    }
}
