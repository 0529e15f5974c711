package dev.millrace.web.schema;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The shape of a JSON value, in the words of JSON Schema 2020-12, which are those of OpenAPI 3.1.
 * Objects have names, under which others refer to them. Immutable.
 *
 * @param name of an object that stands on its own; empty for what is written where it is used
 * @param says its keywords, in the order in which they are written
 * @param parts the schemas it refers to
 */
public record Schema(String name, Map<String, Object> says, List<Schema> parts) {
    private static final String TYPE = "type";
    private static final String NAME_PATTERN = "^[A-Za-z0-9._:/-]{1,200}$";
    private static final String DURATION_PATTERN = "^(0|(\\d{1,12}(ms|s|m|h|d))+)$";

    /** Copies, keeping the order. */
    public Schema {
        says = Collections.unmodifiableMap(new LinkedHashMap<>(says));
        parts = List.copyOf(parts);
    }

    private static Schema plain(Object... says) {
        var all = new LinkedHashMap<String, Object>();
        for (int i = 0; i < says.length; i += 2) {
            all.put((String) says[i], says[i + 1]);
        }
        return new Schema("", all, List.of());
    }

    /** Keywords as they are, for what has no method here. */
    public static Schema of(Map<String, Object> says) {
        return new Schema("", says, List.of());
    }

    /** Any JSON at all. */
    public static Schema any() {
        return plain();
    }

    /** A text. */
    public static Schema text() {
        return plain(TYPE, "string");
    }

    /** A name as all of Millrace's are. */
    public static Schema name200() {
        return plain(TYPE, "string", "pattern", NAME_PATTERN);
    }

    /** A moment with its zone. */
    public static Schema moment() {
        return plain(TYPE, "string", "format", "date-time");
    }

    /** A duration such as {@code 10s}. */
    public static Schema duration() {
        return plain(TYPE, "string", "pattern", DURATION_PATTERN);
    }

    /** One of a few words. */
    public static Schema oneOf(List<String> words) {
        return plain(TYPE, "string", "enum", List.copyOf(words));
    }

    /** One of a few words. */
    public static Schema oneOf(String... words) {
        return oneOf(List.of(words));
    }

    /** A whole number of 64 bits, not negative. */
    public static Schema count() {
        return plain(TYPE, "integer", "format", "int64", "minimum", 0);
    }

    /** A whole number within bounds, both included. */
    public static Schema whole(int least, int most) {
        return plain(TYPE, "integer", "minimum", least, "maximum", most);
    }

    /** A number. */
    public static Schema number() {
        return plain(TYPE, "number");
    }

    /** True or false. */
    public static Schema bool() {
        return plain(TYPE, "boolean");
    }

    /** An array. */
    public static Schema list(Schema of) {
        return new Schema("", Map.of(TYPE, "array", "items", of.use()), List.of(of));
    }

    /** An object of which only the values' shape is known. */
    public static Schema map(Schema of) {
        return new Schema(
                "", Map.of(TYPE, "object", "additionalProperties", of.use()), List.of(of));
    }

    /** An object that is answered; later versions may add members. */
    public static Schema object(String name, String description, Member... members) {
        return object(name, description, Arrays.asList(members), false);
    }

    /** An object that is sent; what is not a member of it is refused. */
    public static Schema input(String name, String description, Member... members) {
        return object(name, description, Arrays.asList(members), true);
    }

    private static Schema object(
            String name, String description, List<Member> members, boolean closed) {
        var properties = new LinkedHashMap<String, Object>();
        for (Member member : members) {
            var use = new LinkedHashMap<>(member.schema().use());
            use.put("description", member.description());
            if (properties.put(member.name(), use) != null) {
                throw new IllegalArgumentException(
                        "object %s has two members '%s'".formatted(name, member.name()));
            }
        }
        var says = new LinkedHashMap<String, Object>();
        says.put(TYPE, "object");
        says.put("description", description);
        says.put("properties", properties);
        List<String> required =
                members.stream().filter(Member::required).map(Member::name).toList();
        if (!required.isEmpty()) {
            says.put("required", required);
        }
        if (closed) {
            says.put("additionalProperties", false);
        }
        return new Schema(name, says, members.stream().map(Member::schema).toList());
    }

    /** A page or list of these, under {@code items}. */
    public static Schema items(String name, String description, Schema of, Member... more) {
        return object(
                name,
                description,
                Stream.concat(
                                Stream.of(Member.must("items", list(of), "In order.")),
                                Arrays.stream(more))
                        .toList(),
                false);
    }

    /** The same, or {@code null}. */
    public Schema orNull() {
        return new Schema("", Map.of("anyOf", List.of(use(), Map.of(TYPE, "null"))), List.of(this));
    }

    /** How others refer to it: by its name, or by what it says. */
    public Map<String, Object> use() {
        return name.isEmpty() ? says : Map.of("$ref", "#/components/schemas/" + name);
    }

    /** The names of an object's members. */
    public List<String> members() {
        return says.get("properties") instanceof Map<?, ?> properties
                ? properties.keySet().stream().map(String::valueOf).toList()
                : List.of();
    }

    /**
     * Adds it and what it refers to, by name.
     *
     * @throws IllegalArgumentException when two that differ have the same name
     */
    public void collect(Map<String, Schema> into) {
        if (!name.isEmpty()) {
            Schema other = into.put(name, this);
            if (other != null && !other.says.equals(says)) {
                throw new IllegalArgumentException("two schemas are called " + name);
            }
            if (other != null) {
                return;
            }
        }
        parts.forEach(part -> part.collect(into));
    }
}
