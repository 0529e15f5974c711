package dev.millrace.web.job;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts what was hidden of a payload into one that was made of what was shown. Used once.
 *
 * <p>A value goes back to where it came from, and only there: where an array has more or fewer
 * elements than before, nobody knows which of them it belongs to.
 */
final class HiddenBack {
    private final List<Hiding.Rule> rules;
    private final HiddenValues values;
    private final Map<List<String>, Kept> kept = new HashMap<>();
    private final Map<List<String>, Integer> lengths = new HashMap<>();
    private final Map<List<String>, Integer> newLengths = new HashMap<>();
    private final List<String> path = new ArrayList<>();

    /** What was shown in place of what. */
    private record Kept(String shown, String json) {}

    /**
     * @param payload of which something was hidden
     */
    HiddenBack(List<Hiding.Rule> rules, HiddenValues values, String payload) {
        this.rules = rules;
        this.values = values;
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), payload)) {
            parser.nextToken();
            keep(parser);
        } catch (JacksonException e) {
            throw MillraceException.invalid(
                    "the payload of the original cannot be read, so nothing of it can be kept; say"
                            + " all of it");
        }
    }

    private void keep(JsonParser parser) {
        if (rules.stream().anyMatch(rule -> rule.hides(path))) {
            var json = new StringWriter();
            try (var out = StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), json)) {
                out.copyCurrentStructureExact(parser);
            }
            kept.put(List.copyOf(path), new Kept(Hiding.INSTEAD, json.toString()));
            return;
        }
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    path.add(parser.currentName());
                    parser.nextToken();
                    keep(parser);
                    path.removeLast();
                }
            }
            case START_ARRAY -> {
                int length = 0;
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    path.add(Integer.toString(length++));
                    keep(parser);
                    path.removeLast();
                }
                lengths.put(List.copyOf(path), length);
            }
            case VALUE_STRING -> keep(values.out(parser.getString()), parser);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                String digits = parser.getString();
                if (!values.out(digits).equals(digits)) {
                    kept.put(List.copyOf(path), new Kept(Hiding.INSTEAD, digits));
                }
            }
            default -> parser.skipChildren();
        }
    }

    private void keep(String shown, JsonParser parser) {
        if (shown.contains(Hiding.INSTEAD)) {
            var json = new StringWriter();
            try (var out = StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), json)) {
                out.writeString(parser.getString());
            }
            kept.put(List.copyOf(path), new Kept(shown, json.toString()));
        }
    }

    String into(String sent) {
        if (!sent.contains(Hiding.INSTEAD)) {
            return sent;
        }
        var text = new StringWriter();
        try (var count = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), sent);
                var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), sent);
                var out = StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            count.nextToken();
            count(count);
            parser.nextToken();
            value(parser, out);
        } catch (JacksonException e) {
            throw MillraceException.invalid("the payload must be JSON");
        }
        return text.toString();
    }

    private void count(JsonParser parser) {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                path.add(parser.currentName());
                parser.nextToken();
                count(parser);
                path.removeLast();
            }
        } else if (parser.currentToken() == JsonToken.START_ARRAY) {
            int length = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                path.add(Integer.toString(length++));
                count(parser);
                path.removeLast();
            }
            newLengths.put(List.copyOf(path), length);
        }
    }

    private void value(JsonParser parser, JsonGenerator out) {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                out.writeStartObject();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    out.writeName(parser.currentName());
                    path.add(parser.currentName());
                    parser.nextToken();
                    value(parser, out);
                    path.removeLast();
                }
                out.writeEndObject();
            }
            case START_ARRAY -> {
                out.writeStartArray();
                for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                    path.add(Integer.toString(i));
                    value(parser, out);
                    path.removeLast();
                }
                out.writeEndArray();
            }
            case VALUE_STRING -> text(parser.getString(), out);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> out.writeRawValue(parser.getString());
            default -> out.copyCurrentEvent(parser);
        }
    }

    private void text(String sent, JsonGenerator out) {
        if (!sent.contains(Hiding.INSTEAD)) {
            out.writeString(sent);
            return;
        }
        @Nullable Kept original = kept.get(path);
        if (original == null || !original.shown().equals(sent) || isMoved()) {
            throw MillraceException.invalid(
                    ("the payload has '%s' at /%s, where it is not known what stood there: expected"
                                    + " it as it was shown, in arrays of as many elements, or"
                                    + " another value")
                            .formatted(
                                    Hiding.INSTEAD, StrictJson.shortened(String.join("/", path))));
        }
        out.writeRawValue(original.json());
    }

    /** Whether an element of an array on the way may be another than before. */
    private boolean isMoved() {
        for (int depth = 0; depth < path.size(); depth++) {
            List<String> above = path.subList(0, depth);
            Integer before = lengths.get(above);
            if (before != null && !before.equals(newLengths.get(above))) {
                return true;
            }
        }
        return false;
    }
}
