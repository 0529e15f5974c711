package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

/**
 * Something that a path or query says. A constant, by which the handler asks for its value.
 *
 * @param <T> what it is in Java
 * @param name as it stands in the path template or query
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
        QUERY
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

    /** Reads its text. */
    T read(String text) {
        try {
            return type.read().apply(text);
        } catch (IllegalArgumentException e) {
            throw new Refused(
                    Problem.of(
                                    400,
                                    "invalid-parameter",
                                    "parameter '%s' must be %s".formatted(name, type.expected()))
                            .expectedGot(type.expected(), text),
                    e);
        }
    }
}
