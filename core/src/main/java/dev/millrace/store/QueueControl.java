package dev.millrace.store;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

/**
 * What people set on a queue for the whole cluster.
 *
 * @param paused whether nothing of it is claimed; what runs goes on
 * @param maxRunning the most jobs of it that run at once in all processes, 1 to 1,000,000; {@code
 *     null} for no limit but the workers' slots
 */
public record QueueControl(boolean paused, @Nullable Integer maxRunning) {
    /** Not paused, not limited. */
    public static final QueueControl NONE = new QueueControl(false, null);

    private static final int MOST = 1_000_000;

    /** Checks the bound. */
    public QueueControl {
        if (maxRunning != null && (maxRunning < 1 || maxRunning > MOST)) {
            throw MillraceException.invalid(
                    "a queue's limit must be 1 to %d, got %d; nothing was changed"
                            .formatted(MOST, maxRunning));
        }
    }
}
