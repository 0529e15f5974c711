package dev.millrace.web.job;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.web.text.Glob;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What is not shown of payloads, results, checkpoints and steps, by the kind of their job: in its
 * place stands {@value #INSTEAD}. Values hidden in the payload are also taken out of texts that
 * came of it, such as errors and log lines. Immutable. Cost: nothing for kinds without a rule, else
 * one pass.
 *
 * @param rules each hides something
 */
public record Hiding(List<Rule> rules) {
    /** Nothing is hidden. */
    public static final Hiding NOTHING = new Hiding(List.of());

    /** What stands in place of a value. */
    public static final String INSTEAD = "[hidden]";

    private static final int MOST_SECRETS = 100;

    /** Shorter values would tear texts apart that merely contain them. */
    private static final int SHORTEST_SECRET = 4;

    /**
     * A rule.
     *
     * @param kinds which kinds of jobs, {@code *} for any run of characters
     * @param pointer the path of a member, by RFC 6901, with {@code *} for any member or element;
     *     empty when the name decides
     * @param member a pattern of members' names, at any depth, in any case; {@code null} when the
     *     pointer decides
     */
    public record Rule(String kinds, List<String> pointer, @Nullable String member) {
        /** Copies the pointer. */
        public Rule {
            pointer = List.copyOf(pointer);
        }

        /**
         * Reads a rule.
         *
         * @param kinds a pattern of kinds
         * @param what a pointer, which begins with a slash, or a pattern of names
         * @throws IllegalArgumentException when there is too much of it
         */
        public static Rule of(String kinds, String what) {
            if (kinds.length() > 200 || what.length() > 500) {
                throw new IllegalArgumentException("a rule has at most 500 characters");
            }
            if (!what.startsWith("/")) {
                return new Rule(kinds, List.of(), what.toLowerCase(Locale.ROOT));
            }
            List<String> path = new ArrayList<>();
            for (String part : what.substring(1).split("/", -1)) {
                path.add(part.replace("~1", "/").replace("~0", "~"));
            }
            return new Rule(kinds, path, null);
        }

        private boolean hides(List<String> path, int depth) {
            if (member != null) {
                return depth > 0
                        && Glob.matches(member, path.get(depth - 1).toLowerCase(Locale.ROOT));
            }
            if (depth != pointer.size()) {
                return false;
            }
            for (int i = 0; i < depth; i++) {
                if (!pointer.get(i).equals("*") && !pointer.get(i).equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Copies the rules. */
    public Hiding {
        rules = List.copyOf(rules);
    }

    /** These rules. */
    public static Hiding of(List<Rule> rules) {
        return new Hiding(rules);
    }

    /** Whether anything at all is hidden. */
    public boolean isNothing() {
        return rules.isEmpty();
    }

    /** Whether a rule is about a kind. */
    public boolean covers(String kind) {
        return rules.stream().anyMatch(each -> Glob.matches(each.kinds(), kind));
    }

    /** What is hidden of one job. */
    public Of of(JobSnapshot job) {
        return of(job.kind(), job.payload());
    }

    /** What is hidden of a job of this kind with this payload. */
    public Of of(String kind, String payload) {
        List<Rule> mine = rules.stream().filter(each -> Glob.matches(each.kinds(), kind)).toList();
        if (mine.isEmpty()) {
            return new Of(mine, Set.of());
        }
        var secrets = new LinkedHashSet<String>();
        copy(payload, mine, secrets);
        return new Of(mine, secrets);
    }

    /**
     * What is hidden of one job.
     *
     * @param rules for its kind
     * @param secrets values hidden in its payload
     */
    public record Of(List<Rule> rules, Set<String> secrets) {
        /** JSON without what is hidden. */
        public String json(String json) {
            return rules.isEmpty() ? json : text(copy(json, rules, new LinkedHashSet<>()));
        }

        /** A text without the values that are hidden. */
        public String text(String text) {
            String shown = text;
            for (String secret : secrets) {
                shown = shown.replace(secret, INSTEAD);
            }
            return shown;
        }

        /** The same for a text that may be missing. */
        @Nullable String known(@Nullable String text) {
            return text == null ? null : text(text);
        }

        /** The same for an error. */
        public ErrorInfo error(ErrorInfo error) {
            return secrets.isEmpty()
                    ? error
                    : new ErrorInfo(error.type(), text(error.message()), text(error.stack()));
        }
    }

    /** Token by token, so that numbers keep every digit. */
    private static String copy(String json, List<Rule> rules, Set<String> secrets) {
        var text = new StringWriter(json.length());
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json);
                var out = StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            new Copying(parser, out, rules, secrets).copy();
        } catch (JacksonException e) {
            // what cannot be read cannot be shown in part
            return '"' + INSTEAD + '"';
        }
        return text.toString();
    }

    /** One pass over one document. */
    private static final class Copying {
        private final JsonParser parser;
        private final JsonGenerator out;
        private final List<Rule> rules;
        private final Set<String> secrets;
        private final List<String> path = new ArrayList<>();

        Copying(JsonParser parser, JsonGenerator out, List<Rule> rules, Set<String> secrets) {
            this.parser = parser;
            this.out = out;
            this.rules = rules;
            this.secrets = secrets;
        }

        void copy() {
            if (parser.nextToken() != null) {
                value();
            }
        }

        private void value() {
            if (rules.stream().anyMatch(rule -> rule.hides(path, path.size()))) {
                hide();
                out.writeString(INSTEAD);
                return;
            }
            switch (parser.currentToken()) {
                case START_OBJECT -> object();
                case START_ARRAY -> array();
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> out.writeRawValue(parser.getString());
                default -> out.copyCurrentEvent(parser);
            }
        }

        private void object() {
            out.writeStartObject();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                out.writeName(name);
                parser.nextToken();
                path.add(name);
                value();
                path.removeLast();
            }
            out.writeEndObject();
        }

        private void array() {
            out.writeStartArray();
            for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                path.add(Integer.toString(i));
                value();
                path.removeLast();
            }
            out.writeEndArray();
        }

        /** Passes over a value and remembers what in it could show up elsewhere. */
        private void hide() {
            int depth = 0;
            do {
                JsonToken token = parser.currentToken();
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (token.isScalarValue()) {
                    String secret = parser.getString();
                    if (secret.length() >= SHORTEST_SECRET
                            && secrets.size() < MOST_SECRETS
                            && !secret.toLowerCase(Locale.ROOT).matches("true|false|null")) {
                        secrets.add(secret);
                    }
                }
                if (depth > 0) {
                    parser.nextToken();
                }
            } while (depth > 0);
        }
    }
}
