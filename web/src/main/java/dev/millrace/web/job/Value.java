package dev.millrace.web.job;

import dev.millrace.job.Durability;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Moments;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

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

    /** An object whose members are strings. */
    Value<Map<String, String>> NAMED_TEXTS = Value::namedTexts;

    /** A level of durability. */
    Value<Durability> DURABILITY = (name, parser) -> Durability.of(text(name, parser));

    /** A unique key: a string, or an object that says more. */
    Value<UniqueKey> UNIQUE = new UniqueValue();

    /**
     * Reads the value at which the parser stands.
     *
     * @throws MillraceException with {@code invalid-input} when it is of another type
     */
    T read(String name, JsonParser parser);

    /** A string. */
    static String text(String name, JsonParser parser) {
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

    private static Map<String, String> namedTexts(String name, JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw mismatch(name, "an object of strings", parser);
        }
        var texts = new LinkedHashMap<String, String>();
        members(
                parser,
                member ->
                        texts.put(member, text(name + "." + StrictJson.shortened(member), parser)));
        return texts;
    }

    /**
     * Reads every member of the object at which the parser stands, to its end.
     *
     * @param read reads the value at which the parser stands
     * @throws MillraceException the first fault
     */
    static void members(JsonParser parser, Consumer<String> read) {
        MillraceException fault = null;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String member = parser.currentName();
            parser.nextToken();
            try {
                read.accept(member);
            } catch (MillraceException e) {
                fault = fault == null ? e : fault;
                parser.skipChildren();
            }
        }
        if (fault != null) {
            throw fault;
        }
    }

    /** A refusal of a value of another type. */
    static MillraceException mismatch(String name, String expected, JsonParser parser) {
        return MillraceException.invalid(
                "'%s' must be %s, got %s"
                        .formatted(name, expected, StrictJson.name(parser.currentToken())));
    }
}
