package dev.millrace.sqlite;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.Json;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The small JSON texts that rows carry: tags, a job's own policy, errors, a worker's queues. */
final class Texts {
    private static final int LARGEST = 1 << 20;
    private static final Json JSON = new Json();

    private Texts() {}

    /** Tags as an array; none is {@code null}. */
    static @Nullable String tags(List<String> tags) {
        return tags.isEmpty() ? null : JSON.write("tags", tags, LARGEST);
    }

    static List<String> tags(@Nullable String text) {
        return text == null ? List.of() : List.of(JSON.read("tags", text, String[].class));
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

    static @Nullable RetryPolicy retry(@Nullable String text) {
        if (text == null) {
            return null;
        }
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

    static @Nullable ErrorInfo error(@Nullable String text) {
        if (text == null) {
            return null;
        }
        var members = members("error", text);
        return new ErrorInfo(
                member(members, "type").toString(),
                member(members, "message").toString(),
                member(members, "stack").toString());
    }

    static String queues(Map<String, Integer> queues) {
        return JSON.write("queues", new TreeMap<>(queues), LARGEST);
    }

    static Map<String, Integer> queues(String text) {
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
