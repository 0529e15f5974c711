package dev.millrace.postgres;

import dev.millrace.job.JobTerms;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Small values kept as text. Names hold neither commas nor equals signs. */
final class Texts {
    private Texts() {}

    /** JSON text without raw NUL, which PostgreSQL cannot hold; its escape means the same. */
    static String withoutNul(String json) {
        return json.indexOf('\0') < 0 ? json : json.replace("\0", "\\u0000");
    }

    static String tags(List<String> tags) {
        return tags.isEmpty() ? "" : String.join(",", tags);
    }

    static List<String> tags(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }

    /**
     * Tags of a job that is to run.
     *
     * @throws UnreadableException when one is not a name
     */
    static List<String> checkedTags(String text) {
        List<String> tags = tags(text);
        try {
            tags.forEach(tag -> Names.check("tag", tag));
        } catch (MillraceException e) {
            var unreadable = new UnreadableException("tags", "names joined by commas", text);
            unreadable.addSuppressed(e);
            throw unreadable;
        }
        return tags;
    }

    /**
     * The payload of a job that is to run. Only its beginning is looked at: the handler's own
     * reading finds the rest, and discards the job in the same way.
     *
     * @throws UnreadableException when no JSON text begins so
     */
    static String payload(String text) {
        int first = 0;
        while (first < text.length() && text.charAt(first) <= ' ') {
            first++;
        }
        if (first == text.length() || "{[\"-0123456789tfn".indexOf(text.charAt(first)) < 0) {
            throw new UnreadableException("payload", "JSON text", text);
        }
        return text;
    }

    /**
     * The terms of a job that is to run.
     *
     * @throws UnreadableException when they are not of their form
     */
    static JobTerms terms(String text) {
        try {
            return JobTerms.of(text);
        } catch (MillraceException e) {
            var unreadable =
                    new UnreadableException(
                            "terms", "an object of unique, expires, timeout and keys", text);
            unreadable.addSuppressed(e);
            throw unreadable;
        }
    }

    static String queues(Map<String, Integer> queues) {
        return new TreeMap<>(queues)
                .entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .collect(Collectors.joining(","));
    }

    static Map<String, Integer> queues(String text) {
        var queues = new TreeMap<String, Integer>();
        for (String entry : tags(text)) {
            int at = entry.lastIndexOf('=');
            queues.put(entry.substring(0, at), Integer.parseInt(entry.substring(at + 1)));
        }
        return queues;
    }
}
