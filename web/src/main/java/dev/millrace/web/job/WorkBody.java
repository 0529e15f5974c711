package dev.millrace.web.job;

import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a remote worker sends: one JSON object of known members, whose values may be any JSON and
 * keep every digit; {@code null} is as if not said, except where any JSON is wanted.
 */
public final class WorkBody {
    private static final Json JSON = new Json();
    private static final int MOST_BYTES = 64 << 20;

    private final Map<String, String> members;

    private WorkBody(Map<String, String> members) {
        this.members = members;
    }

    /**
     * Reads a body.
     *
     * @param known every member it may have
     * @throws MillraceException with {@code invalid-input} naming what is wrong
     */
    public static WorkBody read(String text, List<String> known) {
        // all of it is checked, also what comes after the object
        String whole = JSON.write("the body", new RawJson(text), MOST_BYTES);
        Map<String, String> members = JSON.members("the body", whole);
        for (String name : members.keySet()) {
            if (!known.contains(name)) {
                throw MillraceException.invalid(
                        "the body may have the members %s, got '%s'; nothing was done"
                                .formatted(String.join(", ", known), StrictJson.shortened(name)));
            }
        }
        return new WorkBody(members);
    }

    /** Whether a member is there, {@code null} included. */
    public boolean says(String name) {
        return members.containsKey(name);
    }

    /** The JSON text of a member as it was sent; {@code null} when it is not there. */
    public @Nullable String raw(String name) {
        return members.get(name);
    }

    /** A text; {@code null} when not said. */
    public @Nullable String text(String name) {
        String raw = said(name);
        return raw == null ? null : text("'" + name + "'", raw);
    }

    private static String text(String what, String raw) {
        if (!raw.startsWith("\"")) {
            throw refused(what, "a string", raw);
        }
        return JSON.read(what, raw, String.class);
    }

    /** A text that must be said. */
    public String requireText(String name) {
        String text = text(name);
        if (text == null) {
            throw MillraceException.invalid(
                    "'%s' must be said, got nothing; nothing was done".formatted(name));
        }
        return text;
    }

    /** A whole number of 64 bits that must be said. */
    public long requireWhole(String name) {
        if (said(name) == null) {
            throw MillraceException.invalid(
                    "'%s' must be said, got nothing; nothing was done".formatted(name));
        }
        return whole(name, 0);
    }

    /** A whole number of 64 bits; {@code otherwise} when not said. */
    public long whole(String name, long otherwise) {
        String raw = said(name);
        return raw == null ? otherwise : whole("'" + name + "'", raw);
    }

    private static long whole(String what, String raw) {
        if (!raw.matches("-?[0-9]{1,18}")) {
            throw refused(what, "a whole number of at most 18 digits", raw);
        }
        return Long.parseLong(raw);
    }

    /** A whole number of 32 bits; {@code otherwise} when not said. */
    public int small(String name, int otherwise) {
        long number = whole(name, otherwise);
        if (number != (int) number) {
            throw refused("'" + name + "'", "a whole number of 32 bits", Long.toString(number));
        }
        return (int) number;
    }

    /** A duration; {@code otherwise} when not said. */
    public Duration duration(String name, Duration otherwise) {
        String text = text(name);
        return text == null ? otherwise : Durations.parse(text);
    }

    /** Numbers by name; empty when not said. */
    public Map<String, Integer> numbers(String name) {
        var numbers = new LinkedHashMap<String, Integer>();
        object(name)
                .forEach((key, raw) -> {
                    long number = whole("'%s' in '%s'".formatted(key, name), raw);
                    numbers.put(key, Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE));
                });
        return numbers;
    }

    /** Texts by name; empty when not said. */
    public Map<String, String> texts(String name) {
        var texts = new LinkedHashMap<String, String>();
        object(name)
                .forEach((key, raw) ->
                        texts.put(key, text("'%s' in '%s'".formatted(key, name), raw)));
        return texts;
    }

    /** JSON texts by name; empty when not said. */
    public Map<String, String> object(String name) {
        String raw = said(name);
        return raw == null ? Map.of() : JSON.members("'" + name + "'", raw);
    }

    /** Lists of whole numbers by name; empty when not said. */
    public Map<String, List<Integer>> lists(String name) {
        var lists = new LinkedHashMap<String, List<Integer>>();
        object(name)
                .forEach((key, raw) -> {
                    String what = "'%s' in '%s'".formatted(key, name);
                    if (!raw.startsWith("[")) {
                        throw refused(what, "an array of whole numbers", raw);
                    }
                    lists.put(key, wholes(what, raw));
                });
        return lists;
    }

    private static List<Integer> wholes(String what, String raw) {
        List<Integer> wholes = new ArrayList<>();
        String inside = raw.substring(1, raw.length() - 1);
        for (String each : inside.isEmpty() ? new String[0] : inside.split(",", -1)) {
            if (!each.matches("-?[0-9]{1,9}")) {
                throw refused(what, "an array of whole numbers of at most 9 digits", raw);
            }
            wholes.add(Integer.valueOf(each));
        }
        return wholes;
    }

    /** Objects of texts, one after the other; empty when not said. */
    public List<Map<String, String>> items(String name) {
        String raw = said(name);
        if (raw == null) {
            return List.of();
        }
        if (!raw.startsWith("[")) {
            throw refused("'" + name + "'", "an array of objects", raw);
        }
        Map<?, ?>[] objects;
        try {
            objects = JSON.read("'" + name + "'", raw, Map[].class);
        } catch (MillraceException e) {
            throw refused("'" + name + "'", "an array of objects", raw);
        }
        return Arrays.stream(objects).map(each -> textsOf(name, each)).toList();
    }

    private static Map<String, String> textsOf(String name, @Nullable Map<?, ?> object) {
        if (object == null) {
            throw refused("'" + name + "'", "an array of objects", "null in it");
        }
        var texts = new LinkedHashMap<String, String>();
        object.forEach((key, value) -> {
            if (value instanceof String text) {
                texts.put(String.valueOf(key), text);
            } else if (value != null) {
                String what = "'%s' in '%s'".formatted(key, name);
                throw refused(what, "a string", String.valueOf(value));
            }
        });
        return texts;
    }

    private @Nullable String said(String name) {
        String raw = members.get(name);
        return raw == null || raw.equals("null") ? null : raw;
    }

    private static MillraceException refused(String what, String expected, String got) {
        return MillraceException.invalid(
                "%s must be %s, got %s; nothing was done"
                        .formatted(what, expected, StrictJson.shortened(got)));
    }
}
