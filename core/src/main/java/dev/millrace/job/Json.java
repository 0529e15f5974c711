package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How payloads and results become JSON text and back. Thread-safe; one instance serves a process.
 *
 * <p>Bounds: nesting at most {@value #MAX_DEPTH} levels. A NUL is kept as the JSON escape {@code
 * \u0000} and an unpaired surrogate as its escape, so that both survive any store.
 */
public final class Json {
    /** The deepest nesting accepted. */
    public static final int MAX_DEPTH = 100;

    private final JsonMapper mapper;

    /** A codec with the bounds above; unknown members of an object are ignored when reading. */
    public Json() {
        var limits =
                StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(64 << 20)
                        .maxNumberLength(1000)
                        .build();
        var factory = JsonFactory.builder().streamReadConstraints(limits).build();
        this.mapper =
                JsonMapper.builder(factory)
                        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build();
    }

    /**
     * The JSON text of a value; {@code null} becomes {@code null} the document, {@link RawJson} is
     * checked and kept as it is.
     *
     * @param what what the value is, used in the refusal ("payload of kind 'mail.send'")
     * @param value the value to write
     * @param maxBytes the most UTF-8 bytes accepted
     * @throws MillraceException with {@code invalid-input} when the value has no JSON form, is not
     *     valid JSON or is too large
     */
    public String write(String what, @Nullable Object value, int maxBytes) {
        String text = value instanceof RawJson raw ? checked(what, raw.text()) : text(what, value);
        String safe = escapeUnpaired(text);
        long bytes = utf8Length(safe);
        if (bytes > maxBytes) {
            throw MillraceException.invalid(
                    "%s must be at most %d bytes of JSON, got %d; nothing was stored"
                            .formatted(what, maxBytes, bytes));
        }
        return safe;
    }

    /**
     * Reads JSON text as the given type.
     *
     * @param what what the text is, used in the refusal
     * @throws MillraceException with {@code invalid-input} when the text does not fit the type
     */
    @SuppressWarnings("unchecked")
    public <T> T read(String what, String text, Class<T> type) {
        if (type == RawJson.class) {
            return (T) new RawJson(text);
        }
        try {
            T value = mapper.readValue(text, type);
            if (value == null) {
                throw MillraceException.invalid(
                        "%s must be a %s, got JSON null".formatted(what, type.getSimpleName()));
            }
            return value;
        } catch (JacksonException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "%s must be JSON that fits %s: %s"
                            .formatted(what, type.getName(), firstLine(e.getOriginalMessage())),
                    e);
        }
    }

    /**
     * The members of a JSON object in order, each value as its own text, numbers kept exactly.
     *
     * @param what what the text is, used in the refusal
     * @throws MillraceException with {@code invalid-input} when the text is not a JSON object
     */
    public Map<String, String> members(String what, String text) {
        var members = new LinkedHashMap<String, String>();
        try (var parser = mapper.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw MillraceException.invalid("%s must be a JSON object".formatted(what));
            }
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                parser.nextToken();
                var value = new StringWriter();
                try (var copy = mapper.createGenerator(value)) {
                    copy.copyCurrentStructureExact(parser);
                }
                members.put(name, value.toString());
            }
            return members;
        } catch (JacksonException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "%s must be a JSON object: %s"
                            .formatted(what, firstLine(e.getOriginalMessage())),
                    e);
        }
    }

    private String text(String what, @Nullable Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "%s cannot be written as JSON: %s"
                            .formatted(what, firstLine(e.getOriginalMessage())),
                    e);
        }
    }

    private String checked(String what, String text) {
        try (var parser = mapper.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw MillraceException.invalid(
                        "%s must be one JSON document, got empty text; nothing was stored"
                                .formatted(what));
            }
            parser.skipChildren();
            if (first.isNumeric()) {
                parser.getNumberValueDeferred();
            }
            if (parser.nextToken() != null) {
                throw MillraceException.invalid(
                        "%s must be one JSON document, got more text after it; nothing was stored"
                                .formatted(what));
            }
            return text;
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "%s must be one JSON document: line %d, column %d: %s; nothing was stored"
                            .formatted(
                                    what,
                                    at == null ? 1 : at.getLineNr(),
                                    at == null ? 1 : at.getColumnNr(),
                                    firstLine(e.getOriginalMessage())),
                    e);
        }
    }

    /** Lone surrogates stand only inside JSON strings, where their escape means the same. */
    private static String escapeUnpaired(String text) {
        StringBuilder escaped = null;
        int copied = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (escaped == null) {
                escaped = new StringBuilder(text.length() + 16);
            }
            escaped.append(text, copied, i).append(String.format("\\u%04x", (int) c));
            copied = i + 1;
        }
        return escaped == null ? text : escaped.append(text, copied, text.length()).toString();
    }

    private static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    private static String firstLine(@Nullable String message) {
        if (message == null) {
            return "no detail";
        }
        int end = message.indexOf('\n');
        String line = end < 0 ? message : message.substring(0, end);
        return line.length() > 300 ? line.substring(0, 300) + "…" : line;
    }
}
