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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a changed copy of a job has of its original: puts what was hidden into what was made of what
 * was shown. Used once, for the payload first; not thread-safe.
 *
 * <p>A value goes back to where it came from, and only there: where an array has more or fewer
 * elements than before, nobody knows which of them it belongs to. What was hidden because it stands
 * elsewhere too goes back only where all of that is kept: only so is it hidden in the copy. Which
 * value stands where is never looked at, so that nobody learns by trying whether they guessed one.
 */
public final class HiddenBack {
    private final List<Hiding.Rule> rules;
    private final HiddenValues values;
    private final String original;
    private final Map<List<String>, Kept> kept = new HashMap<>();
    private final Map<List<String>, Integer> lengths = new HashMap<>();
    private final Map<List<String>, Integer> newLengths = new HashMap<>();
    private final List<String> path = new ArrayList<>();

    /** Where something is hidden that could stand elsewhere too, and was not put back. */
    private final Set<List<String>> missing = new HashSet<>();

    private @Nullable String elsewhere;
    private boolean hidesAll = true;

    /**
     * What was shown in place of what.
     *
     * @param own whether it is hidden by its place, else because of what stands at another
     */
    private record Kept(String shown, String json, boolean own) {}

    /**
     * @param original the payload of which something was hidden
     */
    HiddenBack(List<Hiding.Rule> rules, HiddenValues values, String original) {
        this.rules = rules;
        this.values = values;
        this.original = original;
    }

    /**
     * The copy's payload.
     *
     * @throws MillraceException with {@code invalid-input} where it is not known any more what
     *     stood there, or it would be shown
     */
    String payload(String sent) {
        if (rules.isEmpty()) {
            return sent;
        }
        hidesAll = false;
        if (!sent.contains(Hiding.INSTEAD)) {
            return sent;
        }
        read();
        String made = into(sent);
        hidesAll = missing.isEmpty();
        if (!hidesAll && elsewhere != null) {
            throw MillraceException.invalid(
                    ("the payload keeps '%s' at /%s, which stands for something hidden at another"
                                    + " place and would be shown without that: expected that to be"
                                    + " left as it was shown, or another value here")
                            .formatted(Hiding.INSTEAD, elsewhere));
        }
        return made;
    }

    /**
     * The original's tags, for a copy that is not told others.
     *
     * @throws MillraceException with {@code invalid-input} where one of them would be shown that
     *     was not
     */
    List<String> tags(List<String> tags) {
        tags.forEach(tag -> check("tags", tag));
        return tags;
    }

    /** The same of its keys. */
    Map<String, String> keys(Map<String, String> keys) {
        keys.values().forEach(value -> check("keys", value));
        return keys;
    }

    private void check(String member, String text) {
        if (!hidesAll && !values.out(text).equals(text)) {
            throw MillraceException.invalid(
                    ("'%s' of the original have something that is hidden in its payload and would"
                                    + " be shown of this copy: expected that to be left as it was"
                                    + " shown, or '%s' to be said")
                            .formatted(member, member));
        }
    }

    private void read() {
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), original)) {
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
            kept.put(List.copyOf(path), new Kept(Hiding.INSTEAD, json.toString(), true));
            if (isTelling(json.toString())) {
                missing.add(List.copyOf(path));
            }
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
                    kept.put(List.copyOf(path), new Kept(Hiding.INSTEAD, digits, false));
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
            kept.put(List.copyOf(path), new Kept(shown, json.toString(), false));
        }
    }

    /** Whether something of a hidden value is looked for elsewhere. */
    private static boolean isTelling(String json) {
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue() && HiddenValues.isTelling(parser.getString())) {
                    return true;
                }
            }
            return false;
        }
    }

    private String into(String sent) {
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
        @Nullable Kept its = kept.get(path);
        if (its == null || !its.shown().equals(sent) || isMoved()) {
            throw MillraceException.invalid(
                    ("the payload has '%s' at /%s, where it is not known what stood there: expected"
                                    + " it as it was shown, in arrays of as many elements, or"
                                    + " another value")
                            .formatted(
                                    Hiding.INSTEAD, StrictJson.shortened(String.join("/", path))));
        }
        if (its.own()) {
            missing.remove(path);
        } else if (elsewhere == null) {
            elsewhere = StrictJson.shortened(String.join("/", path));
        }
        out.writeRawValue(its.json());
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
