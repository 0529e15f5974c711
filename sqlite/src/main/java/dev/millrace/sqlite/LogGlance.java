package dev.millrace.sqlite;

import java.io.File;
import java.nio.file.Path;

/**
 * Whether a log was written since it was last looked into, told by its size and time alone: so an
 * idle process need not ask the engine. Nothing is opened, since closing would drop the engine's
 * locks. Not thread-safe.
 *
 * <p>A log written a moment ago counts as written: file times may be as coarse as 10 ms, and a
 * commit is seen only once its flush, which may follow the writing by long, has ended.
 */
final class LogGlance {
    private static final long SETTLED_MILLIS = 250;

    private final File log;
    private long time;
    private long size;
    private long lookedAtTime = -1;
    private long lookedAtSize = -1;

    LogGlance(Path log) {
        this.log = log.toFile();
    }

    /** Whether there may be something new; true also when the log cannot be seen. */
    boolean isNew() {
        long now = System.currentTimeMillis();
        time = log.lastModified();
        size = log.length();
        return time == 0
                || size != lookedAtSize
                || time != lookedAtTime
                || now - time < SETTLED_MILLIS;
    }

    /** Takes note that the log was looked into since the last glance. */
    void looked() {
        lookedAtTime = time;
        lookedAtSize = size;
    }
}
