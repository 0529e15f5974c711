package dev.millrace.web.http;

import dev.millrace.job.MillraceException;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;

/**
 * Something that a path, a query or a header field says. A constant, by which the handler asks for
 * its value.
 *
 * @param <T> what it is in Java
 * @param name as it stands in the path template, query or header
 * @param in where it stands
 * @param type how its text is read
 * @param otherwise its value when it is not said; {@code null} when there is none
 * @param description for people
 */
public record Parameter<T>(
        String name, In in, Type<T> type, @Nullable T otherwise, String description) {
    /** Where a parameter stands. */
    public enum In {
        /** A segment of the path. */
        PATH,
        /** The query. */
        QUERY,
        /** A header field. */
        HEADER
    }

    /** A segment of the path. */
    public static <T> Parameter<T> path(String name, Type<T> type, String description) {
        return new Parameter<>(name, In.PATH, type, null, description);
    }

    /** A part of the query that may be left out. */
    public static <T> Parameter<T> query(String name, Type<T> type, String description) {
        return new Parameter<>(name, In.QUERY, type, null, description);
    }

    /** A part of the query with a default. */
    public static <T> Parameter<T> query(
            String name, Type<T> type, T otherwise, String description) {
        return new Parameter<>(name, In.QUERY, type, otherwise, description);
    }

    /** A header field that may be left out. */
    public static <T> Parameter<T> header(String name, Type<T> type, String description) {
        return new Parameter<>(name, In.HEADER, type, null, description);
    }

    /** Its default as a description of the API shows it; {@code null} when there is none. */
    public @Nullable Object shownDefault() {
        T value = otherwise;
        return switch (value) {
            case null -> null;
            case Duration duration -> Durations.exact(duration);
            case Enum<?> word -> word.name().toLowerCase(Locale.ROOT);
            default -> value;
        };
    }

    /** Reads its text. */
    T read(String text) {
        try {
            return type.read().apply(text);
        } catch (IllegalArgumentException e) {
            // a reader with more to say says it by a cause of ours
            String more = e.getCause() instanceof MillraceException m ? ": " + m.getMessage() : "";
            throw new Refused(
                    Problem.of(
                                    400,
                                    "invalid-parameter",
                                    "parameter '%s' must be %s%s"
                                            .formatted(name, type.expected(), more))
                            .expectedGot(type.expected(), text),
                    e);
        }
    }
}
