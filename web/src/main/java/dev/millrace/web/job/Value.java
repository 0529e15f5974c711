package dev.millrace.web.job;

import dev.millrace.job.MillraceException;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Moments;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The type of a member's value: how it is read, what it is called.
 *
 * @param <T> what it is in Java
 */
@FunctionalInterface
interface Value<T> {
    /** A string. */
    Value<String> TEXT = Value::text;

    /** A whole number of 32 bits. */
    Value<Integer> WHOLE = Value::whole;

    /** A duration such as {@code "10s"}. */
    Value<Duration> DURATION = (name, parser) -> Durations.parse(text(name, parser));

    /** A moment with its zone. */
    Value<Instant> MOMENT = Value::moment;

    /** An array of strings. */
    Value<List<String>> TEXTS = Value::texts;

    /**
     * Reads the value at which the parser stands.
     *
     * @throws MillraceException with {@code invalid-input} when it is of another type
     */
    T read(String name, JsonParser parser);

    private static String text(String name, JsonParser parser) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw mismatch(name, "a string", parser);
        }
        return parser.getString();
    }

    private static int whole(String name, JsonParser parser) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw mismatch(name, "a whole number", parser);
        }
        return parser.getIntValue();
    }

    private static Instant moment(String name, JsonParser parser) {
        String text = text(name, parser);
        try {
            return Moments.parse(text);
        } catch (MillraceException e) {
            throw MillraceException.invalid("'%s': %s".formatted(name, e.getMessage()));
        }
    }

    private static List<String> texts(String name, JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw mismatch(name, "an array of strings", parser);
        }
        List<String> texts = new ArrayList<>();
        MillraceException fault = null;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            try {
                texts.add(text(name, parser));
            } catch (MillraceException e) {
                fault = e;
                parser.skipChildren();
            }
        }
        if (fault != null) {
            throw fault;
        }
        return texts;
    }

    private static MillraceException mismatch(String name, String expected, JsonParser parser) {
        return MillraceException.invalid(
                "'%s' must be %s, got %s"
                        .formatted(name, expected, StrictJson.name(parser.currentToken())));
    }
}
