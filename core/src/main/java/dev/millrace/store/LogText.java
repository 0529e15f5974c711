package dev.millrace.store;

import dev.millrace.job.Json;
import dev.millrace.job.LogLine;
import dev.millrace.job.LogLine.Level;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/**
 * Parts of a job's log as engines keep them: JSON text, an array of moment in microseconds, level
 * and message for each line. Bounded to what one log may hold.
 */
public final class LogText {
    /** Bounds the lines of a log, not only their characters. */
    private static final int CHARS_PER_LINE = 16;

    /** Every character as an escape, and as much again. */
    private static final int LARGEST = 16 * LogLine.MAX_LOG;

    private static final int SHOWN = 200;

    private static final Json JSON = new Json();

    private LogText() {}

    /** The newest of some lines, as many as one job's log may hold. */
    public static List<LogLine> newest(List<LogLine> lines) {
        long left = LogLine.MAX_LOG;
        int from = lines.size();
        while (from > 0 && left >= chars(lines.get(from - 1))) {
            from--;
            left -= chars(lines.get(from));
        }
        return lines.subList(from, lines.size());
    }

    /** Whether a log holds nothing older than the newest of some lines. */
    public static boolean fill(List<LogLine> lines) {
        return newest(lines).size() < lines.size();
    }

    /** What the newest of some lines count for: a whole log where they fill one. */
    public static long chars(List<LogLine> lines) {
        return fill(lines) ? LogLine.MAX_LOG : lines.stream().mapToLong(LogText::chars).sum();
    }

    private static long chars(LogLine line) {
        return (long) CHARS_PER_LINE + line.message().length();
    }

    /** The text of some lines. */
    public static String write(List<LogLine> lines) {
        var rows =
                lines.stream()
                        .map(line ->
                                List.<Object>of(
                                        ChronoUnit.MICROS.between(Instant.EPOCH, line.at()),
                                        line.level().code(),
                                        line.message()))
                        .toList();
        return JSON.write("log", rows, LARGEST);
    }

    /** The lines that a column holds; what cannot be read becomes a line that says so. */
    public static Stream<LogLine> read(String text) {
        try {
            return Stream.of(JSON.read("log", text, Object[][].class)).map(LogText::line);
        } catch (RuntimeException e) {
            String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
            return Stream.of(
                    new LogLine(
                            Instant.EPOCH,
                            Level.WARN,
                            "log must be lines as JSON, got '%s': the row is damaged; mend it in the store"
                                    .formatted(shown)));
        }
    }

    private static LogLine line(Object[] row) {
        return new LogLine(
                Instant.EPOCH.plus(((Number) row[0]).longValue(), ChronoUnit.MICROS),
                Level.of(((Number) row[1]).intValue()),
                row[2].toString());
    }
}
