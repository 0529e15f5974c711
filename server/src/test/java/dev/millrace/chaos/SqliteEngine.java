package dev.millrace.chaos;

import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One SQLite file. */
final class SqliteEngine implements Engine {
    private final Disk disk;

    SqliteEngine() throws IOException, InterruptedException {
        this.disk = new Disk();
    }

    private Path file() {
        return disk.directory().resolve("jobs.db");
    }

    @Override
    public String name() {
        return "sqlite";
    }

    @Override
    public List<Deed> deeds() {
        return Stream.of(Deed.values()).filter(deed -> deed != Deed.TRANSACT).toList();
    }

    @Override
    public List<Fault> faults() {
        var faults =
                new ArrayList<>(
                        List.of(
                                Fault.KILL,
                                Fault.FREEZE_LONG,
                                Fault.DEPLOY,
                                Fault.CLOCK,
                                Fault.FREEZE));
        if (disk.isBounded()) {
            faults.add(Fault.DISK_FULL);
        }
        return faults;
    }

    @Override
    public JobStore open() {
        return SqliteStore.at(file());
    }

    @Override
    public @Nullable Wire producersWire() {
        return null;
    }

    @Override
    public @Nullable Wire wire() {
        return null;
    }

    @Override
    public String address(@Nullable Wire wire) {
        return "sqlite:" + file();
    }

    @Override
    public synchronized void strike(Fault fault, long millis, Burst burst) throws Exception {
        if (fault != Fault.DISK_FULL) {
            throw new IllegalArgumentException(fault.text());
        }
        disk.fill();
        try {
            burst.send();
            Pause.millis(millis);
        } finally {
            disk.free();
        }
    }

    @Override
    public Map<Long, List<Integer>> effects(Collection<Long> nonces) {
        return Map.of();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        disk.close();
    }
}
