package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.store.Accepted;
import dev.millrace.store.NewJob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.List;
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
