package dev.millrace.sqlite;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobTerms;
import dev.millrace.job.Json;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The small JSON texts that rows carry: tags, a job's own policy, errors, a worker's queues. */
final class Texts {
    private static final int LARGEST = 1 << 20;
    private static final Json JSON = new Json();

    private Texts() {}

    /** Tags as an array; none is {@code null}. */
    static @Nullable String tags(List<String> tags) {
        return tags.isEmpty() ? null : JSON.write("tags", tags, LARGEST);
    }

    /**
     * The tags that a column holds.
     *
     * @throws UnreadableException when it holds something else
     */
    static List<String> tags(@Nullable String text) {
        return text == null
                ? List.of()
                : read(
                        "tags",
                        "a JSON array of texts",
                        text,
                        found -> List.of(JSON.read("tags", found, String[].class)));
    }

    /** The tags that a column holds; what cannot be read is shown as one tag, as it stands. */
    static List<String> tagsShown(@Nullable String text) {
        try {
            return tags(text);
        } catch (UnreadableException e) {
            return List.of(UnreadableException.shortened(String.valueOf(text)));
        }
    }

    /** What a job was told; nothing is {@code null}. */
    static @Nullable String terms(JobTerms terms) {
        return terms.isNone() ? null : terms.text();
    }

    /**
     * The terms that a column holds.
     *
     * @throws UnreadableException when it holds something else
     */
    static JobTerms terms(@Nullable String text) {
        return text == null ? JobTerms.NONE : read("terms", "a job's terms", text, JobTerms::of);
    }

    /** The terms that a column holds; none are shown when they cannot be read. */
    static JobTerms termsShown(@Nullable String text) {
        try {
            return terms(text);
        } catch (UnreadableException e) {
            return JobTerms.NONE;
        }
    }

    static @Nullable String retry(@Nullable RetryPolicy policy) {
        if (policy == null) {
            return null;
        }
        var members = new LinkedHashMap<String, Object>();
        members.put("attempts", policy.maxAttempts());
        members.put("base", policy.base().toString());
        members.put("factor", policy.factor());
        members.put("cap", policy.cap().toString());
        members.put("jitter", policy.jitter());
        return JSON.write("retry policy", members, LARGEST);
    }

    /**
     * The policy that a column holds.
     *
     * @throws UnreadableException when it holds something else
     */
    static @Nullable RetryPolicy retry(@Nullable String text) {
        return text == null
                ? null
                : read("retry", "a retry policy as JSON", text, Texts::retryPolicy);
    }

    private static RetryPolicy retryPolicy(String text) {
        var members = members("retry policy", text);
        return new RetryPolicy(
                ((Number) member(members, "attempts")).intValue(),
                Duration.parse(member(members, "base").toString()),
                ((Number) member(members, "factor")).doubleValue(),
                Duration.parse(member(members, "cap").toString()),
                (Boolean) member(members, "jitter"));
    }

    static @Nullable String error(@Nullable ErrorInfo error) {
        if (error == null) {
            return null;
        }
        var members = new LinkedHashMap<String, Object>();
        members.put("type", error.type());
        members.put("message", error.message());
        members.put("stack", error.stack());
        return JSON.write("error", members, LARGEST);
    }

    /** The error that a column holds; what cannot be read becomes an error that says so. */
    static @Nullable ErrorInfo error(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return read("error", "an error as JSON", text, Texts::errorInfo);
        } catch (UnreadableException e) {
            return ErrorInfo.reason("unreadable", e.getMessage());
        }
    }

    private static ErrorInfo errorInfo(String text) {
        var members = members("error", text);
        return new ErrorInfo(
                member(members, "type").toString(),
                member(members, "message").toString(),
                member(members, "stack").toString());
    }

    static String queues(Map<String, Integer> queues) {
        return JSON.write("queues", new TreeMap<>(queues), LARGEST);
    }

    /** The queues that a column holds; what cannot be read is shown as one queue without slots. */
    static Map<String, Integer> queues(String text) {
        try {
            return read("queues", "a JSON object of slots", text, Texts::queueSlots);
        } catch (UnreadableException e) {
            return Map.of(UnreadableException.shortened(text), 0);
        }
    }

    private static Map<String, Integer> queueSlots(String text) {
        var queues = new TreeMap<String, Integer>();
        members("queues", text)
                .forEach((queue, slots) ->
                        queues.put(String.valueOf(queue), ((Number) slots).intValue()));
        return queues;
    }

    /** Numbers as an array, to be bound as one parameter. */
    static String numbers(Iterable<Long> numbers) {
        var all = new ArrayList<String>();
        numbers.forEach(number -> all.add(number.toString()));
        return "[" + String.join(",", all) + "]";
    }

    /** Whatever way a decoder fails, the text is to blame: it was written by this class. */
    private static <T> T read(
            String field, String expected, String text, Function<String, T> decoder) {
        try {
            return decoder.apply(text);
        } catch (RuntimeException e) {
            var unreadable = new UnreadableException(field, expected, text);
            unreadable.addSuppressed(e);
            throw unreadable;
        }
    }

    private static Map<?, ?> members(String what, String text) {
        return JSON.read(what, text, Map.class);
    }

    private static Object member(Map<?, ?> members, String name) {
        var value = members.get(name);
        if (value == null) {
            throw new IllegalStateException("a stored text lacks '%s'".formatted(name));
        }
        return value;
    }
}
