package dev.millrace.sqlite;

import dev.millrace.store.PulseAnswer.Lock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The liveness locks: a file for each worker, locked for as long as its process lives. They are
 * files of their own, never the database.
 *
 * <p>On POSIX systems a process loses its lock on a file as soon as it closes any channel on it. So
 * the files held by this process, through whichever store, are known by name and never opened to
 * probe them: they are held.
 */
final class WorkerLocks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerLocks.class);

    /** All that this process holds; see above for why it must be known across stores. */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Map<Long, Holding> held = new ConcurrentHashMap<>();

    /** A lock taken by this store, with the one name by which all stores here know its file. */
    private record Holding(FileChannel channel, Path key) {}

    WorkerLocks(Path directory) {
        this.directory = directory;
    }

    /**
     * Takes the lock of a worker that registers with this store.
     *
     * @return whether it is held; false where the file system offers no locks
     */
    synchronized boolean take(long worker) {
        try {
            Files.createDirectories(directory);
            var key = key(worker);
            HELD_HERE.add(key);
            try {
                held.put(worker, new Holding(lock(worker), key));
                return true;
            } catch (IOException | OverlappingFileLockException e) {
                HELD_HERE.remove(key);
                throw e;
            }
        } catch (IOException | OverlappingFileLockException e) {
            LOG.atWarn()
                    .addKeyValue("worker", worker)
                    .addKeyValue("directory", directory)
                    .setCause(e)
                    .log("the worker's lock cannot be taken; others go by its beats alone");
            return false;
        }
    }

    private FileChannel lock(long worker) throws IOException {
        var channel =
                FileChannel.open(file(worker), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw new IOException("%s is locked by another process".formatted(file(worker)));
            }
            return channel;
        } catch (IOException | OverlappingFileLockException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Whether a worker of this store holds its lock; takes it again when its file is gone.
     *
     * @return false also for a worker that never held one
     */
    synchronized boolean keep(long worker) {
        var known = held.get(worker);
        if (known == null) {
            return false;
        }
        if (known.channel().isOpen() && Files.exists(file(worker))) {
            return true;
        }
        release(worker);
        return take(worker);
    }

    /** What the lock of a worker says, of this store or another, in this process or another. */
    Lock probe(long worker) {
        try {
            if (held.containsKey(worker) || HELD_HERE.contains(key(worker))) {
                return Lock.HELD;
            }
            try (var channel = FileChannel.open(file(worker), StandardOpenOption.WRITE);
                    var lock = channel.tryLock()) {
                return lock == null ? Lock.HELD : Lock.FREE;
            }
        } catch (NoSuchFileException e) {
            return Lock.UNKNOWN;
        } catch (OverlappingFileLockException e) {
            return Lock.HELD;
        } catch (IOException e) {
            LOG.atDebug()
                    .addKeyValue("worker", worker)
                    .setCause(e)
                    .log("the worker's lock cannot be probed");
            return Lock.UNKNOWN;
        }
    }

    /** Gives up the lock of a worker of this store. */
    synchronized void release(long worker) {
        var known = held.remove(worker);
        if (known == null) {
            return;
        }
        try {
            known.channel().close();
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("worker", worker).setCause(e).log("closing a lock failed");
        }
        HELD_HERE.remove(known.key());
    }

    /** Removes the file of a worker that is gone. */
    void remove(long worker) {
        release(worker);
        try {
            Files.deleteIfExists(file(worker));
        } catch (IOException e) {
            LOG.atDebug()
                    .addKeyValue("worker", worker)
                    .setCause(e)
                    .log("a lock file cannot be removed; it does no harm");
        }
    }

    /** Gives up all locks of this store, as the end of its process would. */
    @Override
    public void close() {
        Set.copyOf(held.keySet()).forEach(this::release);
    }

    private Path file(long worker) {
        return directory.resolve(Long.toString(worker));
    }

    private Path key(long worker) throws IOException {
        return directory.toRealPath().resolve(Long.toString(worker));
    }
}
