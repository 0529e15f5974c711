package dev.millrace.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.store.IdBlock;
import dev.millrace.store.NoStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

@Timeout(60)
final class JobIdsTest {
    private final AtomicLong nanos = new AtomicLong(-7);
    private final Blocks store = new Blocks();
    private final JobIds ids = new JobIds(store, Duration.ZERO, new Random(1), nanos::get);

    /** Hands out the n-th block from n x 1,000,000 on, when it may. */
    private static final class Blocks extends NoStore {
        final Semaphore asked = new Semaphore(0);
        final Semaphore mayAnswer = new Semaphore(0);
        final Semaphore answered = new Semaphore(0);
        volatile boolean away;
        private long blocks;

        @Override
        public IdBlock reserveIds(int count) {
            asked.release();
            mayAnswer.acquireUninterruptibly();
            answered.release();
            if (away) {
                throw new MillraceException(
                        MillraceException.Code.STORE_UNAVAILABLE, "the store is away");
            }
            return new IdBlock(++blocks * 1_000_000, count);
        }
    }

    private void takeHalfOfTheFirstBlock() throws InterruptedException {
        store.mayAnswer.release();
        for (int i = 0; i < 16; i++) {
            assertThat(ids.next()).isEqualTo(1_000_000 + i);
        }
        store.asked.acquire();
        store.answered.acquire();
    }

    @Test
    void theNextBlockIsFetchedWhileTheRestOfThePresentOneIsStillGivenOut()
            throws InterruptedException {
        takeHalfOfTheFirstBlock();
        assertThat(store.asked.availablePermits()).isZero();
        assertThat(ids.next()).isEqualTo(1_000_016);
        store.asked.acquire();
        for (int i = 17; i < 32; i++) {
            assertThat(ids.next()).as("nobody waits for the store").isEqualTo(1_000_000 + i);
        }
        store.mayAnswer.release();
        assertThat(ids.next()).isEqualTo(2_000_000);
        assertThat(store.asked.availablePermits()).as("one try at a time").isZero();
    }

    @Test
    void whatIsLeftOfABlockAfterAMinuteIsDropped() throws InterruptedException {
        store.mayAnswer.release(2);
        assertThat(ids.next()).isEqualTo(1_000_000);
        nanos.addAndGet(Duration.ofSeconds(60).toNanos() - 1);
        assertThat(ids.next()).isEqualTo(1_000_001);
        nanos.addAndGet(1);
        assertThat(ids.next()).isEqualTo(2_000_000);
    }

    @Test
    void aBlockFetchedAheadAndLeftLyingIsDroppedToo() throws InterruptedException {
        takeHalfOfTheFirstBlock();
        store.mayAnswer.release();
        ids.next();
        store.answered.acquire();
        for (int i = 17; i < 32; i++) {
            ids.next();
        }
        assertThat(ids.next()).isEqualTo(2_000_000);
        nanos.addAndGet(Duration.ofMinutes(5).toNanos());
        store.mayAnswer.release();
        assertThat(ids.next()).isEqualTo(3_000_000);
    }

    @Test
    void aTryThatFailedInTheBackgroundIsNotHeldAgainstAStoreThatIsBack()
            throws InterruptedException {
        takeHalfOfTheFirstBlock();
        store.away = true;
        store.mayAnswer.release();
        ids.next();
        store.answered.acquire();
        while (isTrying()) {
            Thread.onSpinWait();
        }
        store.away = false;
        store.mayAnswer.release();
        for (int i = 17; i < 32; i++) {
            assertThat(ids.next()).isEqualTo(1_000_000 + i);
        }
        assertThat(ids.next()).isEqualTo(2_000_000);
    }

    /** Whether the thread of the failed try still runs. */
    private static boolean isTrying() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("millrace-ids"));
    }

    @Test
    void whoeverWaitsForABlockThatDoesNotComeIsToldAndTheNextOneTriesAnew()
            throws InterruptedException {
        store.away = true;
        store.mayAnswer.release();
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(ids::next)
                .withMessage("the store is away");
        store.away = false;
        store.mayAnswer.release();
        assertThat(ids.next()).isEqualTo(1_000_000);
    }
}
