package dev.millrace.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

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
    private static final FileTime NEVER = FileTime.fromMillis(0);

    private final Path log;
    private FileTime time = NEVER;
    private long size = -1;
    private FileTime lookedAtTime = NEVER;
    private long lookedAtSize = -1;

    LogGlance(Path log) {
        this.log = log;
    }

    /** Whether there may be something new; true also when the log cannot be seen. */
    boolean isNew() {
        long now = System.currentTimeMillis();
        try {
            var seen = Files.readAttributes(log, BasicFileAttributes.class);
            time = seen.lastModifiedTime();
            size = seen.size();
        } catch (IOException e) {
            return true; // whoever looks closer meets the failure
        }
        return size != lookedAtSize
                || !time.equals(lookedAtTime)
                || now - time.toMillis() < SETTLED_MILLIS;
    }

    /** Takes note that the log was looked into since the last glance. */
    void looked() {
        lookedAtTime = time;
        lookedAtSize = size;
    }
}
