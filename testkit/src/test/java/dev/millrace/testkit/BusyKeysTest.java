package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;
import dev.millrace.store.Accepted;
import dev.millrace.store.NewJob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

@Timeout(60)
class BusyKeysTest {
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);

    /** A transaction elsewhere holds the key {@code busy} open for so many tries. */
    private static final class BusyStore extends MemoryStore {
        final AtomicInteger tries;

        BusyStore(int tries) {
            this.tries = new AtomicInteger(tries);
        }

        @Override
        public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
            assertThat(resend).as("nothing was accepted, so nothing is sent again").isFalse();
            boolean wanted = jobs.stream().anyMatch(job -> "busy".equals(job.terms().unique()));
            if (wanted && tries.getAndDecrement() > 0) {
                throw new MillraceException(MillraceException.Code.KEY_BUSY, "key 'busy' is busy");
            }
            return super.enqueueKeyed(jobs, false);
        }
    }

    @Test
    void anEnqueueWaitsForItsBusyKeyAndOthersDoNot() throws InterruptedException {
        var store = new BusyStore(3);
        try (var m = Millrace.builder().store(store).start()) {
            assertThat(m.enqueue(WORK.with(new RawJson("1")).unique("free")).isDuplicate())
                    .isFalse();
            assertThat(store.tries).hasValue(3);
            assertThat(m.enqueue(WORK.with(new RawJson("1")).unique("busy")).isDuplicate())
                    .isFalse();
        }
    }

    /** The key stays busy until it is let go; every try is counted. */
    private static final class HeldStore extends MemoryStore {
        final AtomicInteger tries = new AtomicInteger();
        final AtomicInteger mixed = new AtomicInteger();
        final CountDownLatch found = new CountDownLatch(2);
        volatile boolean held = true;

        @Override
        public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
            if (held && jobs.stream().anyMatch(job -> "busy".equals(job.terms().unique()))) {
                tries.incrementAndGet();
                if (jobs.size() > 1) {
                    mixed.incrementAndGet();
                }
                found.countDown();
                throw new MillraceException(MillraceException.Code.KEY_BUSY, "key 'busy' is busy");
            }
            return super.enqueueKeyed(jobs, false);
        }
    }

    @Test
    void whileAKeyIsBusyCallersOfOthersAreAnsweredAndItIsTriedApart() throws Exception {
        var store = new HeldStore();
        // longer than all the others take
        var patient = Millrace.builder().store(store).storePatience(Duration.ofSeconds(30));
        try (var m = patient.start();
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = new ArrayList<Future<JobHandle>>();
            waiting.add(
                    callers.submit(() -> m.enqueue(WORK.with(new RawJson("0")).unique("busy"))));
            store.found.await();
            for (int i = 0; i < 20; i++) {
                waiting.add(
                        callers.submit(
                                () -> m.enqueue(WORK.with(new RawJson("1")).unique("busy"))));
            }
            int mixedBefore = store.mixed.get();
            var others = new ArrayList<Future<JobHandle>>();
            for (int i = 0; i < 200; i++) {
                var request = WORK.with(new RawJson("2")).unique("k" + i);
                others.add(callers.submit(() -> m.enqueue(request)));
            }
            for (var other : others) {
                assertThat(other.get().isDuplicate()).isFalse();
            }
            assertThat(store.mixed).as("tries that others shared").hasValue(mixedBefore);
            assertThat(waiting).noneMatch(Future::isDone);
            store.held = false;
            int fresh = 0;
            for (var each : waiting) {
                fresh += each.get().isDuplicate() ? 0 : 1;
            }
            assertThat(fresh).isOne();
        }
    }

    @Test
    void aStreamWaitsForABusyKeyToo() throws InterruptedException {
        try (var m = Millrace.builder().store(new BusyStore(3)).start()) {
            var requests =
                    IntStream.range(0, 10)
                            .mapToObj(i ->
                                    WORK.with(new RawJson("1")).unique(i == 5 ? "busy" : "k" + i));
            assertThat(m.enqueueAll(requests)).isEqualTo(10);
        }
    }

    @Test
    void aKeyThatStaysBusyForLongerThanThePatienceIsReported() {
        try (var m =
                Millrace.builder()
                        .store(new BusyStore(Integer.MAX_VALUE))
                        .storePatience(Duration.ZERO)
                        .start()) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> m.enqueue(WORK.with(new RawJson("1")).unique("busy")))
                    .extracting(MillraceException::code)
                    .isEqualTo(MillraceException.Code.KEY_BUSY);
            assertThat(m.store().queues()).isEmpty();
        }
    }
}
