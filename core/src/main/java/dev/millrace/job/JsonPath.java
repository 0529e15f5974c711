package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

import java.math.BigDecimal;
import java.util.List;

/**
 * A place in JSON text: the names of members from the outside in, parted by dots, and whole numbers
 * for elements of arrays: {@code customer.emails.0}. Members whose names have dots of their own
 * cannot be named. Reads text token by token as far as the place and no further; thread-safe.
 */
public final class JsonPath {
    /** The longest path, in characters. */
    public static final int MAX_LENGTH = 200;

    private static final int MAX_NUMBER = 1_000;
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(Json.MAX_DEPTH + 1)
                                    .maxStringLength(64 << 20)
                                    .maxNumberLength(MAX_NUMBER)
                                    .build())
                    .build();

    private final List<String> names;

    private JsonPath(List<String> names) {
        this.names = names;
    }

    /**
     * Reads a path.
     *
     * @throws MillraceException with {@code invalid-input} when it is empty, too long, or has an
     *     empty name
     */
    public static JsonPath of(String text) {
        List<String> names = List.of(text.split("\\.", -1));
        if (text.length() > MAX_LENGTH || names.contains("")) {
            throw MillraceException.invalid(
                    ("a path into JSON must be names parted by dots, such as customer.id, at most"
                                    + " %d characters, got '%s'")
                            .formatted(
                                    MAX_LENGTH,
                                    text.length() > 60 ? text.substring(0, 60) + "…" : text));
        }
        return new JsonPath(names);
    }

    /**
     * Whether a text, number, boolean or null stands at this place and is written like this value.
     * Numbers are compared by what they are worth: 1.0 is 1.
     *
     * @param json anything; what is no JSON holds nothing
     */
    public boolean holds(String json, String value) {
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            for (String name : names) {
                if (!enter(parser, name)) {
                    return false;
                }
            }
            return isWritten(parser, value);
        } catch (JacksonException e) {
            // a damaged payload must not hide the other jobs
            return false;
        }
    }

    /** Goes to the member or element of that name. */
    private static boolean enter(JsonParser parser, String name) {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            for (String member = parser.nextName(); member != null; member = parser.nextName()) {
                parser.nextToken();
                if (member.equals(name)) {
                    return true;
                }
                parser.skipChildren();
            }
            return false;
        }
        return token == JsonToken.START_ARRAY && enter(parser, index(name));
    }

    private static boolean enter(JsonParser parser, int index) {
        if (index < 0) {
            return false;
        }
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            if (i == index) {
                return true;
            }
            parser.skipChildren();
        }
        return false;
    }

    private static int index(String name) {
        boolean digits = name.length() <= 9 && name.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Integer.parseInt(name) : -1;
    }

    private static boolean isWritten(JsonParser parser, String value) {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getString().equals(value);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> isWorth(parser.getString(), value);
            case VALUE_TRUE -> value.equals("true");
            case VALUE_FALSE -> value.equals("false");
            case VALUE_NULL -> value.equals("null");
            case START_OBJECT,
                    START_ARRAY,
                    END_OBJECT,
                    END_ARRAY,
                    PROPERTY_NAME,
                    NOT_AVAILABLE,
                    VALUE_EMBEDDED_OBJECT ->
                    false;
            case null -> false;
        };
    }

    private static boolean isWorth(String number, String value) {
        if (number.equals(value)) {
            return true;
        }
        BigDecimal wanted = number(value);
        BigDecimal found = number(number);
        return wanted != null && found != null && wanted.compareTo(found) == 0;
    }

    private static @Nullable BigDecimal number(String text) {
        try {
            return text.length() > MAX_NUMBER ? null : new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JsonPath path && path.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return String.join(".", names);
    }
}
