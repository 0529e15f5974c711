package dev.millrace.store;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How often jobs that are counted together may be admitted. Written as {@code 5/1s}.
 *
 * @param kind how it is counted
 * @param count 1 to {@value #MOST}
 * @param per 1 ms to 1 day
 */
public record KeyRate(Kind kind, int count, Duration per) {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,8})/([0-9]{0,8})(ms|s|m|h|d)( window)?");

    /** The largest count. */
    public static final int MOST = 10_000;

    /** How a rate is counted. */
    public enum Kind {
        /**
         * A bucket of {@code count} that fills evenly within {@code per}: smooth, and a burst of a
         * whole bucket after a rest. Within any {@code per} at most twice the count.
         */
        BUCKET("bucket"),
        /** Within any {@code per}, wherever it begins, at most the count. */
        WINDOW("window");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** As it is stored and shown. */
        public String text() {
            return text;
        }
    }

    /** Checks the bounds. */
    public KeyRate {
        if (count < 1 || count > MOST) {
            throw MillraceException.invalid(
                    "a rate must be 1 to %d in a time, got %d; nothing was changed"
                            .formatted(MOST, count));
        }
        if (per.toMillis() < 1 || per.compareTo(Duration.ofDays(1)) > 0) {
            throw MillraceException.invalid(
                    "the time of a rate must be 1ms to 1 day, got %s; nothing was changed"
                            .formatted(per));
        }
    }

    /** Whether it lets fewer through in the long run than another. */
    public boolean isSlowerThan(KeyRate other) {
        return count * other.per.toMillis() < other.count * per.toMillis();
    }

    /**
     * Reads what {@link #toString} writes: {@code 5/1s} for a bucket, {@code 1000/1h window} for a
     * window; the time in ms, s, m, h or d.
     *
     * @throws MillraceException with {@code invalid-input} when it is not of that form
     */
    public static KeyRate of(String text) {
        var found = FORM.matcher(text.strip());
        if (!found.matches()) {
            throw MillraceException.invalid(
                    ("a rate must read COUNT/TIME, such as 5/1s or '1000/1h window', got '%s';"
                                    + " nothing was changed")
                            .formatted(Names.printable(text)));
        }
        long length = found.group(2).isEmpty() ? 1 : Long.parseLong(found.group(2));
        var per =
                switch (found.group(3)) {
                    case "ms" -> Duration.ofMillis(length);
                    case "s" -> Duration.ofSeconds(length);
                    case "m" -> Duration.ofMinutes(length);
                    case "h" -> Duration.ofHours(length);
                    default -> Duration.ofDays(length);
                };
        var kind = found.group(4) == null ? Kind.BUCKET : Kind.WINDOW;
        return new KeyRate(kind, Integer.parseInt(found.group(1)), per);
    }

    @Override
    public String toString() {
        return "%d/%s%s".formatted(count, time(), kind == Kind.WINDOW ? " window" : "");
    }

    private String time() {
        long millis = per.toMillis();
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        if (seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds % 3_600 != 0) {
            return seconds / 60 + "m";
        }
        return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3_600 + "h";
    }
}
