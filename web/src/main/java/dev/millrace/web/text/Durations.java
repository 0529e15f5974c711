package dev.millrace.web.text;

import dev.millrace.job.MillraceException;

import java.time.Duration;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 30s}, {@code 1h30m}, {@code 7d}. */
public final class Durations {
    private static final Pattern PART = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Pattern WHOLE = Pattern.compile("(\\d{1,12}(ms|s|m|h|d))+");

    private static final int LONGEST = 100;

    private Durations() {}

    /**
     * Reads a duration; {@code 0} needs no unit.
     *
     * @throws MillraceException with {@code invalid-input} when it is none
     */
    public static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        // a pattern's groups are matched by recursion, so what is long is not even tried
        if (text.length() > LONGEST || !WHOLE.matcher(text).matches()) {
            throw refused(text);
        }
        return sum(text);
    }

    private static MillraceException refused(String text) {
        String shown = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
        return MillraceException.invalid(
                "expected a duration such as 250ms, 30s, 5m, 1h30m or 7d, got '%s'"
                        .formatted(shown));
    }

    /** Of so few parts that it cannot overflow. */
    private static Duration sum(String text) {
        var sum = Duration.ZERO;
        var parts = PART.matcher(text);
        while (parts.find()) {
            long number = Long.parseLong(parts.group(1));
            sum =
                    sum.plus(
                            switch (parts.group(2)) {
                                case "ms" -> Duration.ofMillis(number);
                                case "s" -> Duration.ofSeconds(number);
                                case "m" -> Duration.ofMinutes(number);
                                case "h" -> Duration.ofHours(number);
                                default -> Duration.ofDays(number);
                            });
        }
        return sum;
    }

    /** The same the other way, rounded to two units: {@code 3d4h}, {@code 12s}, {@code 40ms}. */
    public static String text(Duration duration) {
        if (duration.isNegative()) {
            return "0s";
        }
        if (duration.toDays() > 0) {
            return duration.toDays() + "d" + duration.toHoursPart() + "h";
        }
        if (duration.toHours() > 0) {
            return duration.toHours() + "h" + duration.toMinutesPart() + "m";
        }
        if (duration.toMinutes() > 0) {
            return duration.toMinutes() + "m" + duration.toSecondsPart() + "s";
        }
        return duration.toSeconds() > 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }

    /** The same without rounding, down to a millisecond: what {@link #parse} reads again. */
    public static String exact(Duration duration) {
        var text = new StringBuilder();
        part(text, duration.toDays(), "d");
        part(text, duration.toHoursPart(), "h");
        part(text, duration.toMinutesPart(), "m");
        part(text, duration.toSecondsPart(), "s");
        part(text, duration.toMillisPart(), "ms");
        return text.isEmpty() ? "0" : text.toString();
    }

    private static void part(StringBuilder text, long number, String unit) {
        if (number > 0) {
            text.append(number).append(unit);
        }
    }
}
