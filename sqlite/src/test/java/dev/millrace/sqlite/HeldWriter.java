package dev.millrace.sqlite;

import static org.awaitility.Awaitility.await;

import dev.millrace.job.Durability;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Holds a store's writer inside an operation, so that calls gather behind it. */
final class HeldWriter {
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final FutureTask<Boolean> held;

    private HeldWriter(FutureTask<Boolean> held) {
        this.held = held;
    }

    /** Begins a transaction of this durability and stays in it. */
    static HeldWriter of(SqliteStore store, Durability level) throws InterruptedException {
        var entered = new CountDownLatch(1);
        var letGo = new CountDownLatch[1];
        var held =
                new FutureTask<>(() ->
                        store.writer()
                                .run(
                                        "holding",
                                        level,
                                        transaction -> {
                                            entered.countDown();
                                            return awaited(letGo[0]);
                                        }));
        var writer = new HeldWriter(held);
        letGo[0] = writer.letGo;
        Thread.ofPlatform().daemon().start(held);
        entered.await();
        return writer;
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts a call, which comes to wait behind those that were started before. */
    <T> Future<T> behind(Callable<T> call) {
        var task = new FutureTask<>(call);
        var thread = Thread.ofPlatform().daemon().start(task);
        await().until(() -> thread.getState() == Thread.State.WAITING);
        return task;
    }

    /** Lets the writer go on. */
    void letGo() throws ExecutionException, InterruptedException {
        letGo.countDown();
        held.get();
    }
}
