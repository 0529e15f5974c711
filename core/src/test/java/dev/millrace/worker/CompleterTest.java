package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.NoStore;
import dev.millrace.store.Recorded;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

@Timeout(60)
final class CompleterTest {
    private static final String POISON = "\"poison\"";
    private static final long POISONED = 50;

    private final Store store = new Store();
    private final Semaphore left = new Semaphore(0);
    private final Map<Long, Ending> released = new ConcurrentHashMap<>();
    private final Completer completer =
            new Completer(
                    store,
                    new Random(1),
                    (live, ending, recorded) -> {
                        released.put(live.id(), ending);
                        left.release();
                    });

    /** Keeps endings, when it may; refuses one result for good. */
    private static final class Store extends NoStore {
        final Map<Long, Ending> kept = new ConcurrentHashMap<>();
        final List<Integer> batches = new CopyOnWriteArrayList<>();
        final Semaphore began = new Semaphore(0);
        final Semaphore mayAnswer = new Semaphore(0);
        final Semaphore failures = new Semaphore(0);
        final Set<Long> busy = ConcurrentHashMap.newKeySet();
        final Semaphore refusedBusy = new Semaphore(0);
        volatile @Nullable Code away;

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            batches.add(endings.size());
            began.release();
            mayAnswer.acquireUninterruptibly();
            Code code = away;
            if (code != null) {
                failures.release();
                throw new MillraceException(code, "the store is away");
            }
            if (endings.stream().anyMatch(e -> POISON.equals(e.result()))) {
                throw MillraceException.invalid("this result cannot be stored");
            }
            return endings.stream().map(this::keep).toList();
        }

        private Recorded keep(Ending ending) {
            if (busy.contains(ending.jobId())) {
                refusedBusy.release();
                return Recorded.BUSY;
            }
            kept.put(ending.jobId(), ending);
            return Recorded.RECORDED;
        }
    }

    private static LiveJob live(long id) {
        var job =
                new ClaimedJob(
                        id, 1, "q", "k", 1, 5, "{}", 1, 0, 3, null, List.of(), Instant.EPOCH);
        return new LiveJob(job, 1);
    }

    private static Ending ending(long id, String result) {
        return new Ending(
                id,
                1,
                1,
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                Attempt.End.COMPLETED,
                null,
                result,
                new Ending.Next.Finished(),
                false);
    }

    private void complete(long id, String result) {
        completer.complete(live(id), ending(id, result));
    }

    /** Both flushes are under way, with one ending each; what comes now waits. */
    private void keepFlushesBusy() throws InterruptedException {
        for (long id = 1; id <= 2; id++) {
            complete(id, "\"fine\"");
            store.began.acquire();
        }
    }

    private Thread completeElsewhere(long id, String result) {
        return Thread.ofVirtual().start(() -> complete(id, result));
    }

    private static Thread.State settled(Thread thread) {
        while (thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
        return thread.getState();
    }

    @Test
    void oneEndingThatCannotBeKeptIsRecordedBareAndLosesNoOther() throws InterruptedException {
        keepFlushesBusy();
        for (long id = 3; id <= 100; id++) {
            complete(id, id == POISONED ? POISON : "\"fine\"");
        }
        store.mayAnswer.release(1_000);
        left.acquire(100);
        assertThat(store.batches).as("all the others came in one batch").contains(98);
        assertThat(store.kept).hasSize(100);
        store.kept.forEach((id, ending) -> {
            if (id != POISONED) {
                assertThat(ending).isEqualTo(ending(id, "\"fine\""));
            }
        });
        Ending bare = Objects.requireNonNull(store.kept.get(POISONED));
        assertThat(bare.end()).isEqualTo(Attempt.End.DISCARDED);
        assertThat(bare.next()).isEqualTo(new Ending.Next.Discarded());
        assertThat(bare.result()).isNull();
        ErrorInfo error = Objects.requireNonNull(bare.error());
        assertThat(error.type()).isEqualTo("not-recordable");
        assertThat(error.message()).contains("this result cannot be stored");
        assertThat(released).containsEntry(POISONED, bare).hasSize(100);
        assertThat(completer.completed()).isEqualTo(99);
        assertThat(completer.failed()).isEqualTo(1);
    }

    @Test
    void anOutageAndAFullDiskAreWaitedOutWithEveryEndingKept() throws InterruptedException {
        store.mayAnswer.release(1_000);
        store.away = Code.STORE_UNAVAILABLE;
        for (long id = 1; id <= 20; id++) {
            complete(id, "\"fine\"");
        }
        store.failures.acquire(3);
        store.away = Code.STORE_REFUSED;
        store.failures.acquire(3);
        assertThat(completer.isIdle()).isFalse();
        assertThat(released).isEmpty();
        store.away = null;
        left.acquire(20);
        assertThat(store.kept).hasSize(20);
        assertThat(completer.refused()).isZero();
    }

    @Test
    void whenHurriedItTriesOnceAndLetsGo() throws InterruptedException {
        store.mayAnswer.release(1_000);
        store.away = Code.STORE_UNAVAILABLE;
        completer.hurry();
        complete(1, "\"fine\"");
        left.acquire();
        assertThat(store.batches).hasSize(1);
        assertThat(store.kept).isEmpty();
    }

    @Test
    void anEndingBesideItsHandlersOpenTransactionWaitsByItself() throws InterruptedException {
        keepFlushesBusy();
        store.busy.add(7L);
        for (long id = 3; id <= 20; id++) {
            complete(id, "\"fine\"");
        }
        store.mayAnswer.release(1_000);
        left.acquire(19);
        assertThat(released).hasSize(19).doesNotContainKey(7L);
        store.refusedBusy.acquire(3);
        assertThat(completer.isIdle()).isFalse();
        store.busy.clear();
        left.acquire();
        assertThat(store.kept).hasSize(20);
        assertThat(store.batches.stream().mapToInt(n -> n).filter(n -> n > 1).sum())
                .as("it is sent with others once")
                .isEqualTo(18);
        assertThat(completer.refused()).isZero();
    }

    @Test
    void oneThatWaitsByItselfIsLetGoWhenHurried() throws InterruptedException {
        store.mayAnswer.release(1_000);
        store.busy.add(1L);
        complete(1, "\"fine\"");
        store.refusedBusy.acquire(2);
        completer.hurry();
        left.acquire();
        assertThat(store.kept).isEmpty();
        assertThat(completer.completed()).isZero();
    }

    @Test
    void whenTheBufferIsFullTheNextHandlerWaitsWithItsSlot() throws InterruptedException {
        keepFlushesBusy();
        for (long id = 3; id < 3 + Completer.MAX_PENDING; id++) {
            complete(id, "1");
        }
        int all = Completer.MAX_PENDING + 3;
        var next = completeElsewhere(all, "1");
        assertThat(settled(next)).isEqualTo(Thread.State.WAITING);
        store.mayAnswer.release(1_000);
        left.acquire(all);
        assertThat(store.kept).hasSize(all);
    }

    @Test
    void resultsOf64MiBFillTheBufferToo() throws InterruptedException {
        String large = "x".repeat(1 << 20);
        keepFlushesBusy();
        for (long id = 3; id < 3 + 64; id++) {
            complete(id, large);
        }
        var next = completeElsewhere(67, "1");
        assertThat(settled(next)).isEqualTo(Thread.State.WAITING);
        store.mayAnswer.release(1_000);
        left.acquire(67);
        assertThat(store.kept).hasSize(67);
        assertThat(store.batches).as("no batch is larger than 8 MiB").allMatch(n -> n <= 9);
    }
}
