package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.FutureTask;

/** {@code work} run within the test until it is closed. */
final class Working implements AutoCloseable {
    private final Shell.Running running;
    private final FutureTask<Integer> task;
    private final Thread thread;

    Working(Shell shell, String... args) {
        this.running = shell.start(args);
        this.task = new FutureTask<>(running::run);
        this.thread = Thread.ofPlatform().name("test-work").start(task);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> task.isDone() || running.out().contains("worker"));
        assertThat(task.isDone()).as(running.answer(-1).err()).isFalse();
    }

    String out() {
        return running.out();
    }

    /** Stops it as a signal would and answers what it said. */
    Shell.Answer stop() throws Exception {
        thread.interrupt();
        return running.answer(task.get());
    }

    @Override
    public void close() throws Exception {
        if (!task.isDone()) {
            stop();
        }
    }
}
