package dev.millrace.web.text;

import dev.millrace.job.RawJson;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One JSON object on one line, its members in the order given. Values are texts, numbers, booleans,
 * {@link RawJson}, maps, lists, {@code null}, and anything else by its {@code toString}.
 */
public final class JsonLine {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

    /** An object without members. */
    public JsonLine() {}

    /** Adds a member. */
    public JsonLine with(String name, @Nullable Object value) {
        members.put(name, value);
        return this;
    }

    /** Adds a member unless its value is {@code null}. */
    public JsonLine withKnown(String name, @Nullable Object value) {
        return value == null ? this : with(name, value);
    }

    /** Takes a member away, if it is there. */
    public JsonLine without(String name) {
        members.remove(name);
        return this;
    }

    /** The object on one line. */
    @Override
    public String toString() {
        var text = new StringWriter();
        try (var json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(json, members);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, @Nullable Object value) {
        switch (value) {
            case null -> json.writeNull();
            case Boolean b -> json.writeBoolean(b);
            case Integer i -> json.writeNumber(i);
            case Long l -> json.writeNumber(l);
            case Double d -> json.writeNumber(d);
            case RawJson raw -> json.writeRawValue(onOneLine(raw.text()));
            case JsonLine line -> write(json, line.members);
            case Map<?, ?> map -> {
                json.writeStartObject();
                map.forEach((name, member) -> {
                    json.writeName(String.valueOf(name));
                    write(json, member);
                });
                json.writeEndObject();
            }
            case Iterable<?> list -> {
                json.writeStartArray();
                list.forEach(item -> write(json, item));
                json.writeEndArray();
            }
            default -> json.writeString(value.toString());
        }
    }

    /** In valid JSON, line ends stand only between tokens. */
    private static String onOneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }
}
