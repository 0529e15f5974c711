package dev.millrace.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

@Timeout(60)
final class BatcherTest {
    private final List<List<Integer>> flushed = new CopyOnWriteArrayList<>();
    private final Semaphore flushMayEnd = new Semaphore(0);
    private final Semaphore flushBegan = new Semaphore(0);

    private Batcher<Integer, String> held(int maxBatch, int maxPending) {
        return new Batcher<>(
                "test",
                new Batcher.Bounds(maxBatch, 1_000, maxPending, 1_000_000, 1),
                item -> 1,
                failure -> true,
                batch -> {
                    flushed.add(batch);
                    flushBegan.release();
                    flushMayEnd.acquire();
                    return answers(batch);
                });
    }

    private static List<String> answers(List<Integer> batch) {
        return batch.stream().map(i -> "a" + i).toList();
    }

    @Test
    void aLonePlatformCallerFlushesOnItsOwnThread() throws InterruptedException {
        var flusher = new AtomicReference<Thread>();
        var batcher =
                new Batcher<Integer, String>(
                        "test",
                        new Batcher.Bounds(10, 1_000, 10, 1_000_000, 1),
                        item -> 1,
                        failure -> true,
                        batch -> {
                            flusher.set(Thread.currentThread());
                            return answers(batch);
                        });
        assertThat(batcher.submit(7)).isEqualTo("a7");
        assertThat(flusher.get()).isSameAs(Thread.currentThread());
        assertThat(batcher.isIdle()).isTrue();
    }

    @Test
    void whatArrivesDuringAFlushIsTheNextBatchInOrder() throws Exception {
        var batcher = held(100, 100);
        try (var threads = Executors.newCachedThreadPool()) {
            var first = threads.submit(() -> batcher.submit(0));
            flushBegan.acquire();
            var answers = new ArrayList<String>();
            var all = new CountDownLatch(5);
            for (int i = 1; i <= 5; i++) {
                batcher.offer(
                        i,
                        (answer, failure) -> {
                            answers.add(answer);
                            all.countDown();
                        });
            }
            assertThat(batcher.pending()).isEqualTo(5);
            flushMayEnd.release(2);
            assertThat(first.get()).isEqualTo("a0");
            all.await();
            assertThat(answers).containsExactly("a1", "a2", "a3", "a4", "a5");
            assertThat(flushed).containsExactly(List.of(0), List.of(1, 2, 3, 4, 5));
        }
    }

    @Test
    void ofABatchThatIsSplitEachCallerIsAnsweredWithoutWaitingForTheNextItem() throws Exception {
        var batcher =
                new Batcher<Integer, String>(
                        "test",
                        new Batcher.Bounds(10, 1_000, 10, 1_000_000, 1),
                        item -> 1,
                        failure -> true,
                        batch -> {
                            if (batch.size() > 1) {
                                throw new IllegalStateException("one of them");
                            }
                            if (batch.getFirst() != 1) {
                                flushBegan.release();
                                flushMayEnd.acquire();
                            }
                            return answers(batch);
                        });
        try (var threads = Executors.newCachedThreadPool()) {
            var first = threads.submit(() -> batcher.submit(0));
            flushBegan.acquire();
            var answered = new CountDownLatch(1);
            var last = new CountDownLatch(1);
            batcher.offer(1, (answer, failure) -> answered.countDown());
            batcher.offer(2, (answer, failure) -> last.countDown());
            flushMayEnd.release();
            flushBegan.acquire();
            answered.await();
            assertThat(last.getCount()).isOne();
            flushMayEnd.release();
            last.await();
            assertThat(first.get()).isEqualTo("a0");
        }
    }

    @Test
    void aBatchNeverExceedsItsBoundAndCallersWaitWhileTooManyAreAhead() throws Exception {
        var batcher = held(2, 4);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int item = i;
                answers.add(threads.submit(() -> batcher.submit(item)));
            }
            flushBegan.acquire();
            flushMayEnd.release(100);
            for (int i = 0; i < 20; i++) {
                assertThat(answers.get(i).get()).isEqualTo("a" + i);
            }
            assertThat(flushed).allMatch(batch -> batch.size() <= 2);
            assertThat(flushed.stream().mapToInt(List::size).sum()).isEqualTo(20);
        }
    }

    @Test
    void callersAlsoWaitWhileTooMuchWeightIsAheadAndAWithdrawalMakesRoom() throws Exception {
        var batcher =
                new Batcher<Integer, String>(
                        "test",
                        new Batcher.Bounds(10, 1_000, 10, 100, 1),
                        item -> item,
                        failure -> true,
                        batch -> {
                            flushBegan.release();
                            flushMayEnd.acquire();
                            return answers(batch);
                        });
        try (var threads = Executors.newCachedThreadPool()) {
            var first = threads.submit(() -> batcher.submit(0));
            flushBegan.acquire();
            var heavy = new AtomicReference<Thread>();
            var second =
                    threads.submit(() -> {
                        heavy.set(Thread.currentThread());
                        return batcher.submit(500);
                    });
            while (batcher.pending() < 1) {
                Thread.onSpinWait();
            }
            var kept = new CountDownLatch(1);
            var late =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    batcher.offer(1, (answer, failure) -> kept.countDown());
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            while (late.getState() != Thread.State.WAITING) {
                assertThat(late.getState()).isNotEqualTo(Thread.State.TERMINATED);
            }
            heavy.get().interrupt();
            assertThatThrownBy(second::get).hasCauseInstanceOf(InterruptedException.class);
            boolean hasRoom = late.join(Duration.ofSeconds(30));
            int waiting = batcher.pending();
            flushMayEnd.release(10);
            assertThat(hasRoom).isTrue();
            assertThat(waiting).isEqualTo(1);
            assertThat(first.get()).isEqualTo("a0");
            kept.await();
        }
    }

    @Test
    void oneBadItemFailsAloneWhenFailuresMayBeSplit() throws Exception {
        var began = new Semaphore(0);
        var go = new Semaphore(0);
        var batcher =
                new Batcher<Integer, String>(
                        "test",
                        new Batcher.Bounds(10, 1_000, 10, 1_000_000, 1),
                        item -> 1,
                        failure -> failure instanceof IllegalArgumentException,
                        batch -> {
                            began.release();
                            go.acquire();
                            if (batch.contains(2)) {
                                throw new IllegalArgumentException("no 2");
                            }
                            return answers(batch);
                        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var zero = threads.submit(() -> batcher.submit(0));
            began.acquire();
            var others =
                    IntStream.rangeClosed(1, 3)
                            .mapToObj(i -> threads.submit(() -> batcher.submit(i)))
                            .toList();
            while (batcher.pending() < 3) {
                Thread.onSpinWait();
            }
            go.release(100);
            assertThat(zero.get()).isEqualTo("a0");
            assertThat(others.get(0).get()).isEqualTo("a1");
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> others.get(1).get())
                    .withMessageContaining("no 2");
            assertThat(others.get(2).get()).isEqualTo("a3");
        }
    }

    @Test
    void aCheckedFailureReachesTheCallerWrapped() {
        var batcher =
                new Batcher<Integer, String>(
                        "test",
                        new Batcher.Bounds(10, 1_000, 10, 1_000_000, 1),
                        item -> 1,
                        failure -> false,
                        batch -> {
                            throw new Exception("disk");
                        });
        assertThatThrownBy(() -> batcher.submit(1))
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("disk");
        assertThat(batcher.isIdle()).isTrue();
    }

    @Test
    void anInterruptBeforeTheFlushWithdrawsTheItemAndAfterItOnlyWaits() throws Exception {
        var batcher = held(10, 10);
        try (var threads = Executors.newCachedThreadPool()) {
            var first = threads.submit(() -> batcher.submit(0));
            flushBegan.acquire();
            var waiter = new AtomicReference<Thread>();
            var second =
                    threads.submit(() -> {
                        waiter.set(Thread.currentThread());
                        return batcher.submit(1);
                    });
            while (batcher.pending() < 1) {
                Thread.onSpinWait();
            }
            waiter.get().interrupt();
            assertThatThrownBy(second::get).hasCauseInstanceOf(InterruptedException.class);
            assertThat(batcher.pending()).isZero();
            flushMayEnd.release(10);
            assertThat(first.get()).isEqualTo("a0");
            assertThat(flushed).containsExactly(List.of(0));
        }
    }

    @Test
    void manyCallersOnManyThreadsAllGetTheirOwnAnswer() throws Exception {
        var batcher =
                new Batcher<Integer, String>(
                        "test",
                        new Batcher.Bounds(64, 1_000, 128, 1_000_000, 2),
                        item -> 1,
                        failure -> true,
                        BatcherTest::answers);
        try (var platform = Executors.newFixedThreadPool(8);
                var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<String>>();
            for (int i = 0; i < 20_000; i++) {
                int item = i;
                answers.add((i % 2 == 0 ? platform : virtual).submit(() -> batcher.submit(item)));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo("a" + i);
            }
        }
        while (!batcher.isIdle()) {
            Thread.onSpinWait();
        }
    }
}
