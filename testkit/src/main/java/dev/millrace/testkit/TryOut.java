package dev.millrace.testkit;

import dev.millrace.Millrace;
import dev.millrace.flow.Pipeline;
import dev.millrace.flow.Pipelines.Journey;
import dev.millrace.job.MillraceException;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Has one item go through all steps of a pipeline in this process, on a store in memory, for users'
 * tests: the real steps in the real engine, retries and their waits included.
 */
public final class TryOut {
    private TryOut() {}

    /**
     * Has an item go through and waits for its end.
     *
     * @param key the item's
     * @param longest how long it may take
     * @return its way: each job that it was with its attempts and result, and how it ended
     * @throws MillraceException with {@code invalid-input} when it can never enter
     * @throws AssertionError when it has not ended in time; says where it stands
     */
    public static <I> Journey through(Pipeline<I> pipeline, I item, String key, Duration longest) {
        try (var millrace =
                Millrace.builder()
                        .store(new MemoryStore())
                        .drain(Duration.ZERO)
                        .pipeline(pipeline)
                        .start()) {
            millrace.submit(pipeline, item);
            long end = System.nanoTime() + longest.toNanos();
            while (true) {
                Journey journey =
                        millrace.pipelines()
                                .journey(pipeline.name(), key)
                                .orElseThrow(() ->
                                        new AssertionError(
                                                "the item must have key '%s', got another"
                                                        .formatted(key)));
                if (journey.item().state().isEnded()) {
                    return journey;
                }
                if (System.nanoTime() - end >= 0) {
                    throw new AssertionError(
                            "item '%s' has not ended within %s: %s"
                                    .formatted(key, longest, journey.visits()));
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }
    }
}
