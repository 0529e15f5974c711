package dev.millrace.postgres;

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
