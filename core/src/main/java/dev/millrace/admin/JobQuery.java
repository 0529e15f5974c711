package dev.millrace.admin;

import dev.millrace.job.JobState;
import dev.millrace.job.JsonPath;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.store.JobFilter;
import dev.millrace.store.Trait;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A search for jobs as people write it: words parted by blanks, all of which must hold.
 *
 * <pre>{@code
 * queue:mail kind:mail.remind state:discarded tag:spring key:tenant=acme
 * payload.customer.id:17 payload:"exactly so"
 * "order:17"
 * }</pre>
 *
 * <p>{@code key:NAME=VALUE} is a named key, {@code key:VALUE} the unique key that a job was
 * accepted with; {@code payload.PATH:VALUE} is a value at a place of the payload, {@code
 * payload:TEXT} text anywhere in it. One word without qualifier is a job's id, or the unique key
 * that a job holds now, exactly. Quotes keep blanks and colons together; inside them {@code \"} and
 * {@code \\} stand for a quote and a backslash.
 *
 * @param filter what the qualifiers say
 * @param word the word without qualifier; {@code null} for none
 */
public record JobQuery(JobFilter filter, @Nullable String word) {
    /** The longest search, in characters. */
    public static final int MAX_LENGTH = 1_000;

    private static final String EXPECTED =
            "queue:, kind:, state:, tag:, key:, payload: or payload.PATH:";

    /** A search for every job. */
    public static final JobQuery ALL = new JobQuery(JobFilter.all(), null);

    /**
     * Reads a search; a blank one finds every job.
     *
     * @throws MillraceException with {@code invalid-input} naming what was expected
     */
    public static JobQuery parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw MillraceException.invalid(
                    "a search has at most %d characters, got %d"
                            .formatted(MAX_LENGTH, text.length()));
        }
        if (text.indexOf('\0') >= 0) {
            throw MillraceException.invalid("a search must be text, got the character U+0000");
        }
        var reading = new Reading();
        for (Word word : words(text)) {
            reading.take(word);
        }
        return reading.query();
    }

    /**
     * The same, and what a filter says besides.
     *
     * @throws MillraceException with {@code invalid-input} when both say the same thing differently
     */
    public JobQuery and(JobFilter other) {
        var traits = new ArrayList<>(filter.traits());
        traits.addAll(other.traits());
        return new JobQuery(
                new JobFilter(
                        one("state", filter.state(), other.state()),
                        one("queue", filter.queue(), other.queue()),
                        one("kind", filter.kind(), other.kind()),
                        one("tag", filter.tag(), other.tag()),
                        one("payload", filter.text(), other.text()),
                        checked(traits),
                        both(filter.among(), other.among())),
                word);
    }

    private static @Nullable Set<String> both(
            @Nullable Set<String> one, @Nullable Set<String> other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.stream().filter(other::contains).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * A part of a search.
     *
     * @param qualifier before the first colon outside of quotes; {@code null} for none
     * @param value with quotes and escapes taken away
     */
    private record Word(@Nullable String qualifier, String value) {}

    private static List<Word> words(String text) {
        var words = new ArrayList<Word>();
        int at = 0;
        while (at < text.length()) {
            if (Character.isWhitespace(text.charAt(at))) {
                at++;
            } else {
                at = word(text, at, words);
            }
        }
        return words;
    }

    /** Reads a word; answers where it ends. */
    private static int word(String text, int from, List<Word> words) {
        String qualifier = null;
        var value = new StringBuilder();
        boolean quoted = false;
        boolean anyQuotes = false;
        int at = from;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted && c == '\\' && at + 1 < text.length()) {
                value.append(text.charAt(++at));
            } else if (c == '"') {
                quoted = !quoted;
                anyQuotes = true;
            } else if (!quoted && Character.isWhitespace(c)) {
                break;
            } else if (!quoted && !anyQuotes && qualifier == null && c == ':') {
                qualifier = value.toString();
                value.setLength(0);
            } else {
                value.append(c);
            }
        }
        if (quoted) {
            throw MillraceException.invalid(
                    "a search must close its quotes, got %s"
                            .formatted(shortened(text.substring(from))));
        }
        words.add(new Word(qualifier, value.toString()));
        return at;
    }

    /** What has been read so far. */
    private static final class Reading {
        private JobState.@Nullable Name state;
        private @Nullable String queue;
        private @Nullable String kind;
        private @Nullable String tag;
        private @Nullable String text;
        private @Nullable String word;
        private final List<Trait> traits = new ArrayList<>();

        void take(Word next) {
            String qualifier = next.qualifier();
            String value = next.value();
            if (value.isEmpty()) {
                throw MillraceException.invalid(
                        "a search must say something after '%s:', got nothing"
                                .formatted(qualifier == null ? "" : shortened(qualifier)));
            }
            if (qualifier == null) {
                if (word != null) {
                    throw MillraceException.invalid(
                            "a search has at most one word without qualifier, got '%s' and '%s'; it"
                                            .formatted(shortened(word), shortened(value))
                                    + " knows the qualifiers "
                                    + EXPECTED);
                }
                word = value;
                return;
            }
            switch (qualifier) {
                case "queue" -> queue = one("queue", queue, Names.check("queue:", value));
                case "kind" -> kind = one("kind", kind, Names.check("kind:", value));
                case "state" -> state = one("state", state, state(value));
                case "tag" -> tag = one("tag", tag, Names.check("tag:", value));
                case "key" -> traits.add(key(value));
                case "payload" -> text = one("payload", text, value);
                default -> traits.add(payload(qualifier, value));
            }
        }

        JobQuery query() {
            return new JobQuery(
                    new JobFilter(state, queue, kind, tag, text, checked(traits)), word);
        }
    }

    private static Trait key(String value) {
        int equals = value.indexOf('=');
        return equals < 0
                ? new Trait.Unique(Names.check("key:", value))
                : new Trait.Key(
                        Names.check("the name in key:", value.substring(0, equals)),
                        Names.check("the value in key:", value.substring(equals + 1)));
    }

    private static Trait payload(String qualifier, String value) {
        String prefix = "payload.";
        if (!qualifier.startsWith(prefix)) {
            throw MillraceException.invalid(
                    "a search knows the qualifiers %s, got '%s:'; quotes make it a plain word"
                            .formatted(EXPECTED, shortened(qualifier)));
        }
        return new Trait.Payload(JsonPath.of(qualifier.substring(prefix.length())), value);
    }

    private static JobState.Name state(String value) {
        return Arrays.stream(JobState.Name.values())
                .filter(each -> each.text().equals(value))
                .findFirst()
                .orElseThrow(() ->
                        MillraceException.invalid(
                                "state: must be one of %s, got '%s'"
                                        .formatted(
                                                Arrays.stream(JobState.Name.values())
                                                        .map(JobState.Name::text)
                                                        .collect(Collectors.joining(", ")),
                                                shortened(value))));
    }

    private static List<Trait> checked(List<Trait> traits) {
        if (traits.size() > JobFilter.MAX_TRAITS) {
            throw MillraceException.invalid(
                    "a search has at most %d of key: and payload.PATH:, got %d"
                            .formatted(JobFilter.MAX_TRAITS, traits.size()));
        }
        return traits;
    }

    private static <T> @Nullable T one(String what, @Nullable T first, @Nullable T second) {
        if (first != null && second != null && !first.equals(second)) {
            throw MillraceException.invalid(
                    "%s may be said once in a search, got '%s' and '%s'"
                            .formatted(
                                    what,
                                    shortened(first.toString()),
                                    shortened(second.toString())));
        }
        return first == null ? second : first;
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
