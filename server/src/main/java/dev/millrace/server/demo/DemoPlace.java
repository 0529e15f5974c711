package dev.millrace.server.demo;

import dev.millrace.job.MillraceException;
import dev.millrace.server.config.EngineStores;
import dev.millrace.server.config.StoreAddress;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Where a demo keeps its jobs, for one demo at a time. The lock goes with the process, however it
 * ends.
 */
public final class DemoPlace implements AutoCloseable {
    private static final List<String> BESIDE = List.of("-wal", "-shm", "-journal");

    private final StoreAddress address;
    private final FileChannel lockFile;

    private DemoPlace(StoreAddress address, FileChannel lockFile) {
        this.address = address;
        this.lockFile = lockFile;
    }

    /**
     * Takes a place.
     *
     * @param reports a directory; holds the lock where the store is no file
     * @throws MillraceException with {@code invalid-input} where another demo is at work there,
     *     {@code store-refused} where nothing can be written
     */
    public static DemoPlace take(StoreAddress address, Path reports) throws IOException {
        var lock =
                switch (address) {
                    case StoreAddress.Sqlite(Path file) ->
                            file.resolveSibling(file.getFileName() + ".demo-lock");
                    case StoreAddress.Postgres postgres -> reports.resolve(".demo-lock");
                };
        var channel = make(lock);
        if (!isTaken(channel)) {
            channel.close();
            throw MillraceException.invalid(
                    "one demo at a time may use a store, and another holds %s; stop it, or name"
                                    .formatted(lock)
                            + " another store with --store");
        }
        return new DemoPlace(address, channel);
    }

    /** Opens the store. */
    public JobStore open() {
        return new EngineStores().open(address);
    }

    /**
     * Forgets an earlier demo by deleting its file.
     *
     * @throws MillraceException with {@code invalid-input} where the store holds anything but a
     *     demo, or is no file
     */
    public void startOver() throws IOException {
        switch (address) {
            case StoreAddress.Sqlite(Path file) -> {
                if (Files.exists(file)) {
                    requireNothingElse(file);
                    // Without the database SQLite takes what lies beside it for nothing.
                    Files.delete(file);
                }
                for (var suffix : BESIDE) {
                    Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
                }
            }
            case StoreAddress.Postgres postgres ->
                    throw MillraceException.invalid(
                            "--fresh deletes the demo's SQLite file and expects --store"
                                    + " sqlite:PATH; on PostgreSQL name another schema with"
                                    + " --store 'postgresql://…?schema=NAME'");
        }
    }

    /** Lets others in. */
    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    private static FileChannel make(Path lock) {
        try {
            var directory = lock.toAbsolutePath().getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            return FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new MillraceException(
                    MillraceException.Code.STORE_REFUSED,
                    "the demo must be able to write %s, got %s; nothing was started"
                            .formatted(lock, e),
                    e);
        }
    }

    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // by another demo of this very process
        }
    }

    private static void requireNothingElse(Path file) {
        try (var store = SqliteStore.at(file)) {
            var others =
                    store.queues().stream()
                            .map(QueueSnapshot::queue)
                            .filter(queue -> !GradeSteps.QUEUES.contains(queue))
                            .toList();
            if (!others.isEmpty()) {
                throw MillraceException.invalid(
                        "--fresh deletes %s and expects nothing in it but the demo, got the queues"
                                        .formatted(file)
                                + " %s; nothing was deleted, name another file with --store"
                                        .formatted(others));
            }
        }
    }
}
