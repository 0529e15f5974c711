package dev.millrace.web.access;

import dev.millrace.job.MillraceException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Rules that follow their file: who is in it, and with which roles, holds within a second or so of
 * a change. A file that cannot be read, or has faults, or names nobody, changes nothing and is told
 * of in the log. What is hidden, and how long sessions last, changes with the next start.
 * Thread-safe.
 */
public final class LiveRules {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRules.class);
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Optional<Path> file;
    private final AccessRules atStart;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile AccessRules rules;
    private volatile long lookedNanos;
    private Stamp stamp;

    /** By which a changed file is known. */
    private record Stamp(FileTime modified, long size) {
        private static final Stamp NONE = new Stamp(FileTime.fromMillis(0), -1);

        static Stamp of(Path file) throws IOException {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size());
        }
    }

    private LiveRules(Optional<Path> file, AccessRules rules, Stamp stamp) {
        this.file = file;
        this.atStart = rules;
        this.rules = rules;
        this.stamp = stamp;
        this.lookedNanos = System.nanoTime();
    }

    /** Rules that do not change. */
    public static LiveRules fixed(AccessRules rules) {
        return new LiveRules(Optional.empty(), rules, Stamp.NONE);
    }

    /**
     * The rules of a file.
     *
     * @throws IOException when it cannot be read
     * @throws MillraceException with {@code invalid-configuration} naming every fault
     */
    public static LiveRules of(Path file) throws IOException {
        // taken before: what is written meanwhile is read again
        Stamp stamp = Stamp.of(file);
        return new LiveRules(Optional.of(file), read(file), stamp);
    }

    private static AccessRules read(Path file) throws IOException {
        return AccessRules.parse(file.toString(), Files.readAllLines(file));
    }

    /** As they were when the process started. */
    public AccessRules atStart() {
        return atStart;
    }

    /** As they are now. Cost: a look at the file's time at most once a second. */
    public AccessRules now() {
        boolean isDue = file.isPresent() && System.nanoTime() - lookedNanos >= FRESH_NANOS;
        if (isDue && looking.tryLock()) {
            try {
                look(file.get());
                lookedNanos = System.nanoTime();
            } finally {
                looking.unlock();
            }
        }
        return rules;
    }

    /** Whether the file was looked at as it stands now; for tests. */
    boolean isCurrent() throws IOException {
        now();
        looking.lock();
        try {
            Path path = file.orElseThrow();
            Stamp found = Files.exists(path) ? Stamp.of(path) : Stamp.NONE;
            return found.equals(stamp);
        } finally {
            looking.unlock();
        }
    }

    private void look(Path path) {
        Stamp found = stamp(path);
        if (found.equals(stamp)) {
            return;
        }
        stamp = found;
        try {
            take(path, read(path));
        } catch (IOException e) {
            LOG.error("{} cannot be read; who may do what stays as it was", path, e);
        } catch (MillraceException e) {
            LOG.error(
                    "who may do what stays as it was: {}",
                    String.valueOf(e.getMessage()).replaceFirst("^nothing was started: ", ""));
        }
    }

    private static Stamp stamp(Path path) {
        try {
            return Stamp.of(path);
        } catch (IOException e) {
            // reading it tells why
            return Stamp.NONE;
        }
    }

    private void take(Path path, AccessRules changed) {
        if (changed.isOpen()) {
            LOG.error("{} names nobody any more; who may do what stays as it was", path);
            return;
        }
        if (!changed.hiding().equals(atStart.hiding())
                || !changed.session().equals(atStart.session())) {
            LOG.warn(
                    "{}: what is hidden, and how long sessions last, changes with the next start",
                    path);
        }
        rules = changed;
        LOG.info(
                "{} was read again: {} users, {} tokens",
                path,
                changed.users().size(),
                changed.tokens().size());
    }
}
