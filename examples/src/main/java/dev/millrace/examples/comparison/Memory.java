package dev.millrace.examples.comparison;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Resident memory of processes as Linux counts it: proportional set size, in which a page shared by
 * several processes is divided among them.
 */
final class Memory {
    private Memory() {}

    /** Whether this system tells. */
    static boolean isKnown() {
        return Files.isReadable(Path.of("/proc/self/smaps_rollup"));
    }

    /** The sum over processes, in bytes; one that has ended counts nothing. */
    static long resident(Stream<ProcessHandle> processes) {
        return processes.mapToLong(process -> field(process.pid(), "smaps_rollup", "Pss:")).sum();
    }

    /** The most that a process ever had resident, in bytes. */
    static long peak(ProcessHandle process) {
        return field(process.pid(), "status", "VmHWM:");
    }

    private static long field(long pid, String file, String name) {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), file))) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | java.io.UncheckedIOException ended) {
            return 0;
        }
    }
}
