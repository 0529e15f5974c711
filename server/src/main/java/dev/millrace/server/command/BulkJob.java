package dev.millrace.server.command;

import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.server.config.Durations;
import dev.millrace.server.config.Near;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.TypeConversionException;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One line of a bulk file: {@code {"kind": …, "payload": …, "queue": …, "priority": …, "delay":
 * "10s" or "runAt": …, "maxAttempts": …, "tags": […]}}. The payload is kept as it is written.
 */
final class BulkJob {
    private static final List<String> MEMBERS =
            List.of(
                    "kind",
                    "payload",
                    "queue",
                    "priority",
                    "delay",
                    "runAt",
                    "maxAttempts",
                    "tags");
    private static final List<String> LATER =
            List.of("ttl", "expiresAt", "unique", "keys", "timeout", "durability");
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(Json.MAX_DEPTH + 1)
                                    .maxStringLength(Ndjson.MAX_LINE_BYTES)
                                    .build())
                    .build();

    private final String line;
    private @Nullable String kind;
    private String payload = "{}";
    private @Nullable String queue;
    private @Nullable Integer priority;
    private @Nullable Duration delay;
    private @Nullable Instant runAt;
    private @Nullable Integer maxAttempts;
    private final List<String> tags = new ArrayList<>();

    private BulkJob(String line) {
        this.line = line;
    }

    /**
     * Reads a line.
     *
     * @throws MillraceException with {@code invalid-input} when it is no job
     */
    static JobRequest<RawJson> read(String line) {
        var job = new BulkJob(line);
        try (var parser = FACTORY.createParser(ObjectReadContext.empty(), line)) {
            job.read(parser);
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "a line must be one JSON object: column %d: %s"
                            .formatted(
                                    at == null ? 1 : at.getColumnNr(),
                                    firstLine(e.getOriginalMessage())),
                    e);
        }
        return job.request();
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "no detail" : message.lines().findFirst().orElse("no detail");
    }

    private void read(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw MillraceException.invalid(
                    "a line must be one JSON object, got %s".formatted(parser.currentToken()));
        }
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (!seen.add(name)) {
                throw MillraceException.invalid("member '%s' is given twice".formatted(name));
            }
            parser.nextToken();
            member(name, parser);
        }
        if (parser.nextToken() != null) {
            throw MillraceException.invalid("a line must be one JSON object, got more after it");
        }
    }

    private void member(String name, JsonParser parser) {
        switch (name) {
            case "kind" -> kind = text(name, parser);
            case "payload" -> payload = verbatim(parser);
            case "queue" -> queue = text(name, parser);
            case "priority" -> priority = integer(name, parser);
            case "delay" -> delay = Durations.parse(text(name, parser));
            case "runAt" -> runAt = moment(text(name, parser));
            case "maxAttempts" -> maxAttempts = integer(name, parser);
            case "tags" -> readTags(parser);
            default -> throw unknown(name);
        }
    }

    private static MillraceException unknown(String name) {
        if (LATER.contains(name)) {
            return MillraceException.invalid("member '%s' is not offered yet".formatted(name));
        }
        return MillraceException.invalid(
                "unknown member '%s'; %s"
                        .formatted(
                                name,
                                Near.to(name, MEMBERS)
                                        .map(near -> "did you mean '" + near + "'?")
                                        .orElse("there are " + String.join(", ", MEMBERS))));
    }

    /** The text of the value at hand, character by character, so that numbers keep every digit. */
    private String verbatim(JsonParser parser) {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            // reads the string to its end
            parser.getStringLength();
        }
        parser.skipChildren();
        int end = (int) parser.currentLocation().getCharOffset();
        return line.substring(start, end).strip();
    }

    private static String text(String name, JsonParser parser) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw MillraceException.invalid(
                    "'%s' must be a string, got %s".formatted(name, parser.currentToken()));
        }
        return parser.getString();
    }

    private static int integer(String name, JsonParser parser) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw MillraceException.invalid(
                    "'%s' must be a whole number, got %s".formatted(name, parser.currentToken()));
        }
        return parser.getIntValue();
    }

    private static Instant moment(String text) {
        try {
            return Converters.instant(text);
        } catch (TypeConversionException e) {
            throw MillraceException.invalid("'runAt': " + e.getMessage());
        }
    }

    private void readTags(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw MillraceException.invalid(
                    "'tags' must be an array of strings, got %s".formatted(parser.currentToken()));
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            tags.add(text("tags", parser));
        }
    }

    private JobRequest<RawJson> request() {
        if (kind == null) {
            throw MillraceException.invalid("member 'kind' is missing");
        }
        if (delay != null && runAt != null) {
            throw MillraceException.invalid("'delay' and 'runAt' exclude each other, got both");
        }
        var request = Task.named(kind, RawJson.class).with(new RawJson(payload));
        return EnqueueOptions.apply(
                request,
                new EnqueueOptions.Wishes(queue, priority, delay, runAt, maxAttempts, tags));
    }
}
