package dev.millrace.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Durability;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Task;
import dev.millrace.store.Accepted;
import dev.millrace.store.IdBlock;
import dev.millrace.store.NewJob;
import dev.millrace.store.NoStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

@Timeout(60)
final class JobQueueTest {
    private static final Task<String> TASK = Task.named("work", String.class);

    private final Store store = new Store();
    private final JobQueue queue =
            new JobQueue(
                    store,
                    new Json(),
                    Clock.systemUTC(),
                    new Random(1),
                    1 << 20,
                    Duration.ZERO,
                    Map.of("feed", Durability.OS),
                    job -> {});

    /** Takes plain jobs, refuses keyed ones after the first call, and says who was asked about. */
    private static final class Store extends NoStore {
        final LinkedBlockingQueue<List<Long>> asked = new LinkedBlockingQueue<>();
        final List<Durability> levels = new CopyOnWriteArrayList<>();
        private final AtomicLong ids = new AtomicLong(1);
        private final AtomicLong keyedCalls = new AtomicLong();

        @Override
        public IdBlock reserveIds(int count) {
            return new IdBlock(ids.getAndAdd(count), count);
        }

        @Override
        public void enqueue(List<NewJob> jobs, boolean resend) {
            jobs.forEach(job -> levels.add(job.durability()));
        }

        @Override
        public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
            if (keyedCalls.incrementAndGet() > 1) {
                throw new MillraceException(MillraceException.Code.STORE_REFUSED, "no more keys");
            }
            return jobs.stream().map(job -> new Accepted(job.id(), Accepted.How.NEW)).toList();
        }

        @Override
        public Map<Long, JobState> ended(Collection<Long> jobIds) {
            asked.add(List.copyOf(jobIds));
            return Map.of();
        }
    }

    @Test
    void aReceiptIsWorthWhatTheRequestSaysElseItsQueueElseADisk() throws InterruptedException {
        queue.enqueue(TASK.with("a"));
        queue.enqueue(TASK.with("a").queue("feed"));
        queue.enqueue(TASK.with("a").queue("feed").durability(Durability.DISK));
        queue.enqueue(TASK.with("a").durability(Durability.OS));
        queue.enqueueAll(
                Stream.of(TASK.with("a").queue("feed"), TASK.with("a")), (index, why) -> {});
        assertThat(store.levels)
                .containsExactly(
                        Durability.DISK,
                        Durability.OS,
                        Durability.DISK,
                        Durability.OS,
                        Durability.OS,
                        Durability.DISK);
    }

    @Test
    void aStreamThatFailsInTheMiddleOfAChunkSaysHowManyOfItStay() {
        var requests =
                IntStream.range(0, 1_200)
                        .<JobRequest<?>>mapToObj(i ->
                                i < 200 ? TASK.with("plain") : TASK.with("keyed").unique("k" + i));
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> queue.enqueueAll(requests, (index, why) -> {}))
                .withMessageContaining("no more keys")
                .withMessageContaining("700 jobs of this stream were accepted and stay");
    }

    @Test
    void nobodyAsksForAJobWhoseOnlyListenerGaveUp() throws InterruptedException {
        queue.start();
        var kept = queue.handle(7).whenEnded();
        var left = queue.handle(8).whenEnded().toCompletableFuture();
        List<Long> both = store.asked.take();
        while (!both.contains(8L)) {
            both = store.asked.take();
        }
        left.cancel(false);
        store.asked.clear();
        store.asked.take(); // was perhaps under way
        assertThat(store.asked.take()).containsExactly(7L);
        assertThat(kept.toCompletableFuture()).isNotDone();
        queue.stop(Duration.ofSeconds(5));
    }
}
