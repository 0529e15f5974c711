package dev.millrace.web.job;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A small JSON object of known members, read strictly; {@code null} is as if not said. */
final class ObjectBody {
    private static final JsonMapper MAPPER =
            JsonMapper.builder(StrictJson.FACTORY)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final String what;
    private final JsonNode node;

    private ObjectBody(String what, JsonNode node) {
        this.what = what;
        this.node = node;
    }

    static ObjectBody read(String what, String text, String... members) {
        JsonNode node;
        try {
            node = MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw StrictJson.malformed(what, "one JSON object", e);
        }
        return of(what, node, members);
    }

    private static ObjectBody of(String what, JsonNode node, String... members) {
        if (!node.isObject()) {
            throw fault("", "%s must be one JSON object, got %s".formatted(what, shown(node)));
        }
        var known = List.of(members);
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!known.contains(member.getKey())) {
                throw fault(
                        StrictJson.shortened(member.getKey()),
                        "%s may have the members %s, got '%s'"
                                .formatted(
                                        what,
                                        String.join(", ", known),
                                        StrictJson.shortened(member.getKey())));
            }
        }
        return new ObjectBody(what, node);
    }

    /** Whether a member is there, {@code null} included. */
    boolean says(String name) {
        return node.has(name);
    }

    /** Whether a member is there and not {@code null}. */
    boolean gives(String name) {
        return value(name) != null;
    }

    @Nullable Boolean bool(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isBoolean()) {
            throw fault(name, "'%s' must be a boolean, got %s".formatted(name, shown(value)));
        }
        return value.booleanValue();
    }

    @Nullable Integer whole(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw fault(
                    name,
                    "'%s' must be a whole number of 32 bits, got %s".formatted(name, shown(value)));
        }
        return value.intValue();
    }

    /** A member that is an object of whole numbers of any names; one of {@code null} is empty. */
    Map<String, Optional<Integer>> wholes(String name) {
        JsonNode value = value(name);
        var found = new TreeMap<String, Optional<Integer>>();
        if (value == null) {
            return found;
        }
        if (!value.isObject()) {
            throw fault(name, "'%s' must be an object, got %s".formatted(name, shown(value)));
        }
        var members = new ObjectBody("'" + name + "'", value);
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            found.put(member.getKey(), Optional.ofNullable(members.whole(member.getKey())));
        }
        return found;
    }

    /**
     * A member that is an object of objects, by any names; one of {@code null} is empty.
     *
     * @param members of each of them
     */
    Map<String, Optional<ObjectBody>> objects(String name, String... members) {
        JsonNode value = value(name);
        var found = new TreeMap<String, Optional<ObjectBody>>();
        if (value == null) {
            return found;
        }
        if (!value.isObject()) {
            throw fault(name, "'%s' must be an object, got %s".formatted(name, shown(value)));
        }
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            String its = "'%s'".formatted(StrictJson.shortened(member.getKey()));
            found.put(
                    member.getKey(),
                    member.getValue().isNull()
                            ? Optional.empty()
                            : Optional.of(of(its, member.getValue(), members)));
        }
        return found;
    }

    @Nullable String text(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isString()) {
            throw fault(name, "'%s' must be a string, got %s".formatted(name, shown(value)));
        }
        return value.stringValue();
    }

    /** A member that is an object itself; empty when it is not said. */
    ObjectBody object(String name, String... members) {
        JsonNode value = value(name);
        return value == null
                ? new ObjectBody("'" + name + "'", MAPPER.createObjectNode())
                : of("'" + name + "'", value, members);
    }

    /** A refusal of one member. */
    InvalidJob refused(String name, String why) {
        return fault(name, "%s: %s".formatted(what, why));
    }

    private @Nullable JsonNode value(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private static InvalidJob fault(String member, String detail) {
        return new InvalidJob(InvalidJob.Fault.of(member, detail));
    }

    private static String shown(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NULL, MISSING -> "nothing";
            case NUMBER -> "the number " + StrictJson.shortened(node.toString());
            case OBJECT -> "an object";
            case STRING -> "a string";
            case BINARY, POJO -> "something else";
        };
    }
}
