package dev.millrace.benchmarks.harness;

import com.sun.management.OperatingSystemMXBean;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.OptionalLong;

/**
 * What a stretch of work cost: time, processor of this process and of the database server, bytes of
 * log, transactions. Made while nobody is connected to the place; {@link #start}, {@link #stop};
 * {@link #figures} when everybody has left it again.
 */
public final class Meter {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final @Nullable BenchServer server;
    private final Place place;
    private final long transactionsBefore;
    private Reading before;
    private Reading after;

    private record Reading(long nanos, long cpuNanos, OptionalLong serverMicros, long bytes) {}

    Meter(@Nullable BenchServer server, Place place) throws SQLException, IOException {
        this.server = server;
        this.place = place;
        this.transactionsBefore = server == null ? 0 : server.transactions(place);
        this.before = read();
        this.after = before;
    }

    /** Starts the clock. */
    public void start() throws SQLException, IOException {
        before = read();
    }

    /** Stops the clock. */
    public void stop() throws SQLException, IOException {
        after = read();
    }

    /** Seconds between start and stop. */
    public double seconds() {
        return (after.nanos - before.nanos) / 1e9;
    }

    /** Cost per job; transactions include the few that opening and counting took. */
    public Figures figures(long jobs) throws SQLException {
        var figures = new Figures();
        figures.put("cpu us/job", (after.cpuNanos - before.cpuNanos) / 1e3 / jobs);
        if (server != null) {
            if (before.serverMicros.isPresent() && after.serverMicros.isPresent()) {
                var micros = after.serverMicros.getAsLong() - before.serverMicros.getAsLong();
                figures.put("store cpu us/job", (double) micros / jobs);
            }
            figures.put("wal B/job", (double) (after.bytes - before.bytes) / jobs);
            var transactions = server.transactions(place) - transactionsBefore;
            figures.put("txn/job", (double) transactions / jobs);
        } else {
            figures.put("written B/job", (double) (after.bytes - before.bytes) / jobs);
        }
        return figures;
    }

    private Reading read() throws SQLException, IOException {
        return new Reading(
                System.nanoTime(),
                SYSTEM.getProcessCpuTime(),
                server == null ? OptionalLong.empty() : server.cpuMicros(),
                server == null ? written() : server.walPosition());
    }

    /** Bytes this process caused to be written to disk; 0 where the system does not tell. */
    private static long written() throws IOException {
        var io = Path.of("/proc/self/io");
        if (!Files.isReadable(io)) {
            return 0;
        }
        return Files.readAllLines(io).stream()
                .filter(line -> line.startsWith("write_bytes:"))
                .mapToLong(line -> Long.parseLong(line.substring(12).trim()))
                .findFirst()
                .orElse(0);
    }
}
