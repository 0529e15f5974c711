package dev.millrace.web.job;

import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Near;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A unique key: {@code "key"}, or {@code {"key": …, "window"?: …, "onConflict"?: …}}. */
final class UniqueValue implements Value<UniqueKey> {
    private static final List<String> MEMBERS = List.of("key", "window", "onConflict");

    static final Schema SHAPE =
            Schema.of(
                    Map.of(
                            "anyOf",
                            List.of(
                                    Map.of("type", "string"),
                                    Map.of(
                                            "type",
                                            "object",
                                            "properties",
                                            Map.of(
                                                    "key",
                                                    Map.of("type", "string"),
                                                    "window",
                                                    Schema.duration().says(),
                                                    "onConflict",
                                                    Schema.oneOf(
                                                                    Arrays.stream(
                                                                                    UniqueKey
                                                                                            .OnConflict
                                                                                            .values())
                                                                            .map(
                                                                                    UniqueKey
                                                                                                    .OnConflict
                                                                                            ::text)
                                                                            .toList())
                                                            .says()),
                                            "required",
                                            List.of("key"),
                                            "additionalProperties",
                                            false))));

    @Override
    public UniqueKey read(String name, JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return UniqueKey.whileLive(parser.getString());
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw Value.mismatch(name, "a string or an object", parser);
        }
        var said = new Said();
        Value.members(parser, member -> said.member(name, member, parser));
        if (said.key == null) {
            throw MillraceException.invalid("member 'key' of '%s' is missing".formatted(name));
        }
        return new UniqueKey(said.key, said.window, said.onConflict);
    }

    private static final class Said {
        private @Nullable String key;
        private @Nullable Duration window;
        private UniqueKey.OnConflict onConflict = UniqueKey.OnConflict.KEEP;

        private void member(String object, String member, JsonParser parser) {
            switch (member) {
                case "key" -> key = Value.text(object + ".key", parser);
                case "window" -> window = Durations.parse(Value.text(object + ".window", parser));
                case "onConflict" ->
                        onConflict =
                                UniqueKey.OnConflict.of(Value.text(object + ".onConflict", parser));
                default ->
                        throw MillraceException.invalid(
                                "unknown member '%s' of '%s'; %s"
                                        .formatted(
                                                StrictJson.shortened(member),
                                                object,
                                                Near.to(member, MEMBERS)
                                                        .map(near ->
                                                                "did you mean '%s'?"
                                                                        .formatted(near))
                                                        .orElse(
                                                                "there are "
                                                                        + String.join(
                                                                                ", ", MEMBERS))));
            }
        }
    }
}
