package dev.millrace.web.http;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Moments;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;

/**
 * The type of a parameter: how its text is read, and what a description of the API says of it.
 *
 * @param <T> what it is in Java
 * @param expected for people: "a whole number from 1 to 1000"
 * @param schema as OpenAPI says it
 * @param read from decoded text; throws {@link IllegalArgumentException} when it does not fit
 */
public record Type<T>(String expected, Map<String, Object> schema, Function<String, T> read) {
    private static final int LONGEST_NUMBER = 19;
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    /** Copies the schema. */
    public Type {
        schema = Map.copyOf(schema);
    }

    /** A whole number within bounds, both included. */
    public static Type<Integer> whole(int least, int most) {
        return new Type<>(
                "a whole number from %d to %d".formatted(least, most),
                Map.of("type", "integer", "minimum", least, "maximum", most),
                text -> {
                    long number = number(text);
                    if (number < least || number > most) {
                        throw new IllegalArgumentException("out of bounds");
                    }
                    return (int) number;
                });
    }

    /** A job's or worker's id: a number from 1 on. */
    public static Type<Long> id() {
        return new Type<>(
                "an id, a whole number from 1 on",
                Map.of("type", "integer", "format", "int64", "minimum", 1),
                text -> {
                    long number = number(text);
                    if (number < 1) {
                        throw new IllegalArgumentException("out of bounds");
                    }
                    return number;
                });
    }

    /** A name as all of Millrace's are. */
    public static Type<String> name() {
        return new Type<>(
                "a name of 1 to 200 letters, digits and . _ : / -",
                Map.of("type", "string", "pattern", "^[A-Za-z0-9._:/-]{1,200}$"),
                text -> {
                    try {
                        return Names.check("name", text);
                    } catch (MillraceException e) {
                        throw new IllegalArgumentException(e);
                    }
                });
    }

    /** Any text up to a length in characters. */
    public static Type<String> text(int longest) {
        return new Type<>(
                "at most %d characters".formatted(longest),
                Map.of("type", "string", "maxLength", longest),
                text -> {
                    if (text.length() > longest) {
                        throw new IllegalArgumentException("too long");
                    }
                    return text;
                });
    }

    /** A duration such as {@code 10s}, up to a longest. */
    public static Type<Duration> duration(Duration longest) {
        return duration(
                "a duration such as 500ms or 10s, at most " + Durations.text(longest),
                Duration.ZERO,
                longest);
    }

    /** A duration such as {@code 10s} within bounds, both included. */
    public static Type<Duration> duration(Duration least, Duration longest) {
        return duration(
                "a duration such as 10s, from %s to %s"
                        .formatted(Durations.exact(least), Durations.exact(longest)),
                least,
                longest);
    }

    private static Type<Duration> duration(String expected, Duration least, Duration longest) {
        return new Type<>(
                expected,
                Map.of("type", "string", "pattern", "^(0|(\\d{1,12}(ms|s|m|h|d))+)$"),
                text -> {
                    try {
                        Duration duration = Durations.parse(text);
                        if (duration.compareTo(least) >= 0 && duration.compareTo(longest) <= 0) {
                            return duration;
                        }
                    } catch (MillraceException e) {
                        throw new IllegalArgumentException(e);
                    }
                    throw new IllegalArgumentException("out of bounds");
                });
    }

    /** A moment with its zone, as {@link Moments} reads it, from 1970 to 9999. */
    public static Type<Instant> moment() {
        return new Type<>(
                "a moment with its zone such as 2030-01-31T08:00:00Z, from 1970 to 9999",
                Map.of("type", "string", "format", "date-time"),
                text -> {
                    try {
                        Instant moment = Moments.parse(text);
                        // at the ends of time nothing can be added
                        if (!moment.isBefore(Instant.EPOCH) && moment.isBefore(YEAR_10000)) {
                            return moment;
                        }
                    } catch (MillraceException e) {
                        throw new IllegalArgumentException(e);
                    }
                    throw new IllegalArgumentException("out of bounds");
                });
    }

    /** One of a few words. */
    public static <E> Type<E> oneOf(E[] values, Function<E, String> word) {
        var words = Arrays.stream(values).map(word).toList();
        return new Type<>(
                "one of " + words.stream().collect(joining(", ")),
                Map.of("type", "string", "enum", words),
                text ->
                        Arrays.stream(values)
                                .filter(each -> word.apply(each).equals(text))
                                .findFirst()
                                .orElseThrow(() -> new IllegalArgumentException("no such word")));
    }

    private static long number(String text) {
        boolean digits = !text.isEmpty() && text.length() <= LONGEST_NUMBER;
        for (int i = 0; digits && i < text.length(); i++) {
            digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        if (!digits) {
            throw new IllegalArgumentException("not a number");
        }
        return Long.parseLong(text);
    }
}
