package dev.millrace.web.job;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.web.text.Glob;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What is not shown of payloads, results, checkpoints and steps, by the kind of their job: in its
 * place stands {@value #INSTEAD}. Values hidden in the payload are also taken out of whatever else
 * is shown of the job, such as errors, log lines, keys and tags; those shorter than 4 characters
 * are not. Immutable. Cost: nothing for kinds without a rule, else one pass.
 *
 * @param rules each hides something
 */
public record Hiding(List<Rule> rules) {
    /** Nothing is hidden. */
    public static final Hiding NOTHING = new Hiding(List.of());

    /** What stands in place of a value. */
    public static final String INSTEAD = "[hidden]";

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

        boolean hides(List<String> path) {
            int depth = path.size();
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

    /** What is hidden of a job that cannot be found any more: all of it. */
    public static Of everything() {
        return new Of(List.of(), HiddenValues.UNKNOWN);
    }

    /** What is hidden of one job. */
    public Of of(JobSnapshot job) {
        return of(job.kind(), job.payload());
    }

    /** What is hidden of a job of this kind with this payload. */
    public Of of(String kind, String payload) {
        List<Rule> mine = rules.stream().filter(each -> Glob.matches(each.kinds(), kind)).toList();
        if (mine.isEmpty()) {
            return new Of(mine, HiddenValues.NONE);
        }
        var found = new LinkedHashSet<String>();
        boolean read = copied(payload, mine, HiddenValues.NONE, found).isPresent();
        return new Of(mine, read ? HiddenValues.of(found) : HiddenValues.UNKNOWN);
    }

    /** What is hidden of one job. Immutable. */
    public static final class Of {
        private final List<Rule> rules;
        private final HiddenValues values;

        private Of(List<Rule> rules, HiddenValues values) {
            this.rules = rules;
            this.values = values;
        }

        /**
         * JSON without what is hidden: a number that has a hidden value in it becomes {@value
         * #INSTEAD}, of a string only that value is left out.
         */
        public String json(String json) {
            return rules.isEmpty()
                    ? json
                    // what cannot be read cannot be shown in part
                    : copied(json, rules, values, new LinkedHashSet<>())
                            .orElse('"' + INSTEAD + '"');
        }

        /**
         * What a copy has of the job whose payload this is, made by somebody who was shown it so:
         * what they were not shown is put in again where they left it.
         */
        public HiddenBack back(String payload) {
            return new HiddenBack(rules, values, payload);
        }

        /** A text without the values that are hidden. */
        public String text(String text) {
            return values.isNothing() ? text : values.out(text);
        }

        /** The same for a text that may be missing. */
        @Nullable String known(@Nullable String text) {
            return text == null ? null : text(text);
        }

        /** The same for several. */
        List<String> texts(List<String> texts) {
            return values.isNothing() ? texts : texts.stream().map(this::text).toList();
        }

        /** The same for an error. */
        public ErrorInfo error(ErrorInfo error) {
            return values.isNothing()
                    ? error
                    : new ErrorInfo(text(error.type()), text(error.message()), text(error.stack()));
        }
    }

    /** Token by token, so that numbers keep every digit; empty when it cannot be read. */
    private static Optional<String> copied(
            String json, List<Rule> rules, HiddenValues values, Set<String> found) {
        var text = new StringWriter(json.length());
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json);
                var out = StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            new HidingCopy(parser, out, rules, values, found).copy();
        } catch (JacksonException e) {
            return Optional.empty();
        }
        return Optional.of(text.toString());
    }
}
