package dev.millrace.web.job;

import dev.millrace.job.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

import java.util.Locale;

/** How what comes from outside is read: bounded, and refused rather than guessed at. */
final class StrictJson {
    /** The longest string read, in characters; what surrounds it bounds it further. */
    private static final int MAX_STRING = 4 << 20;

    private static final int MAX_SHOWN = 60;

    /** Depth one more than a payload's, which stands inside an object; no member twice. */
    static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(Json.MAX_DEPTH + 1)
                                    .maxStringLength(MAX_STRING)
                                    .maxNumberLength(1000)
                                    .maxNameLength(50_000)
                                    .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private StrictJson() {}

    /** A refusal of text that is no JSON. */
    static InvalidJob malformed(String what, String expected, JacksonException e) {
        var at = e.getLocation();
        return new InvalidJob(
                InvalidJob.Fault.at(
                        "%s must be %s: line %d, column %d: %s"
                                .formatted(
                                        what,
                                        expected,
                                        at == null ? 1 : at.getLineNr(),
                                        at == null ? 1 : at.getColumnNr(),
                                        firstLine(e.getOriginalMessage())),
                        at == null ? 1 : at.getLineNr(),
                        at == null ? 1 : at.getColumnNr()));
    }

    /** How people call a token. */
    static String name(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "nothing";
            case START_OBJECT, END_OBJECT -> "an object";
            case START_ARRAY, END_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            case NOT_AVAILABLE, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                    token.name().toLowerCase(Locale.ROOT);
        };
    }

    /** The beginning of a name that may be long. */
    static String shortened(String name) {
        return name.length() > MAX_SHOWN ? name.substring(0, MAX_SHOWN) + "…" : name;
    }

    private static String firstLine(@Nullable String message) {
        String line = message == null ? "" : message.lines().findFirst().orElse("");
        if (line.isEmpty()) {
            return "no detail";
        }
        return line.length() > 300 ? line.substring(0, 300) + "…" : line;
    }
}
