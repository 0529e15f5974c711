package dev.millrace.benchmarks.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Processor time of a process and everything below it, read from {@code /proc}: what it and its
 * live children used, and what its ended children had used when it reaped them.
 */
public final class ServerCpu {
    private static final long MICROS_PER_TICK = 1_000_000 / 100;
    private static final int STATE = 0;
    private static final int PARENT = 1;
    private static final int USER = 11;
    private static final int CHILDREN_USER = 13;

    private ServerCpu() {}

    /** The parent of a process, or empty when there is no such process on this machine. */
    public static OptionalLong parent(long pid) {
        var stat = stat(pid);
        return stat.length == 0
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(stat[PARENT]));
    }

    /**
     * Microseconds used by a process and its children, live or ended; steps of 10 ms. Reads again
     * when a child was reaped meanwhile, which would count it twice or not at all.
     */
    public static long micros(long root) {
        while (true) {
            var before = stat(root);
            var children = children(root);
            var after = stat(root);
            if (ticks(before, CHILDREN_USER) == ticks(after, CHILDREN_USER)) {
                return (ticks(after, USER) + ticks(after, CHILDREN_USER) + children)
                        * MICROS_PER_TICK;
            }
        }
    }

    private static long children(long root) {
        long sum = 0;
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var process : processes) {
                var stat = stat(Long.parseLong(process.getFileName().toString()));
                if (stat.length > 0 && Long.parseLong(stat[PARENT]) == root) {
                    sum += ticks(stat, USER) + ticks(stat, CHILDREN_USER);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sum;
    }

    /** User and system time, which stand beside each other. */
    private static long ticks(String[] stat, int user) {
        return stat.length == 0 ? 0 : Long.parseLong(stat[user]) + Long.parseLong(stat[user + 1]);
    }

    /** The fields after the command name, which may itself hold blanks and brackets. */
    private static String[] stat(long pid) {
        try {
            var line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            var fields = line.substring(line.lastIndexOf(')') + 2).trim().split(" ", -1);
            return fields[STATE].isEmpty() ? new String[0] : fields;
        } catch (NoSuchFileException e) {
            return new String[0];
        } catch (IOException e) {
            // A process that ends between open and read answers ESRCH.
            return new String[0];
        }
    }
}
