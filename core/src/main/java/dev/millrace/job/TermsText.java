package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the stored form of {@link JobTerms}. */
final class TermsText {
    private static final JsonFactory JSON = new JsonFactory();

    private TermsText() {}

    static JobTerms read(String text) {
        try (JsonParser in =
                JSON.createParser(tools.jackson.core.ObjectReadContext.empty(), text)) {
            return read(in);
        } catch (JacksonException | ArithmeticException | IllegalStateException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "stored terms must be an object of unique, expires, timeout, keys, batch and weight, got '%s'"
                            .formatted(Names.printable(text)),
                    e);
        }
    }

    private static JobTerms read(JsonParser in) {
        String unique = null;
        Instant expiresAt = null;
        Duration timeout = null;
        Map<String, String> keys = Map.of();
        long batch = 0;
        int weight = 1;
        expect(in.nextToken(), JsonToken.START_OBJECT);
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            switch (name) {
                case "unique" -> {
                    expect(value, JsonToken.VALUE_STRING);
                    unique = in.getString();
                }
                case "expires" -> {
                    expect(value, JsonToken.VALUE_NUMBER_INT);
                    expiresAt = Instant.EPOCH.plus(in.getLongValue(), ChronoUnit.MICROS);
                }
                case "timeout" -> {
                    expect(value, JsonToken.VALUE_NUMBER_INT);
                    timeout = Duration.ofMillis(in.getLongValue());
                }
                case "keys" -> {
                    expect(value, JsonToken.START_OBJECT);
                    keys = keys(in);
                }
                case "batch" -> {
                    expect(value, JsonToken.VALUE_NUMBER_INT);
                    batch = in.getLongValue();
                }
                case "weight" -> {
                    expect(value, JsonToken.VALUE_NUMBER_INT);
                    weight = in.getIntValue();
                }
                default -> throw new IllegalStateException("unknown member " + name);
            }
        }
        return new JobTerms(unique, expiresAt, timeout, keys, batch, weight);
    }

    private static Map<String, String> keys(JsonParser in) {
        var keys = new LinkedHashMap<String, String>();
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            expect(in.nextToken(), JsonToken.VALUE_STRING);
            keys.put(name, in.getString());
        }
        return keys;
    }

    private static void expect(@Nullable JsonToken got, JsonToken expected) {
        if (got != expected) {
            throw new IllegalStateException("expected %s, got %s".formatted(expected, got));
        }
    }
}
