package dev.millrace.server.command;

import dev.millrace.job.MillraceException;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A word of the form {@code NAME=VALUE}.
 *
 * @param name what stands before the first equals sign
 * @param value what stands after it
 */
record NameValue(String name, String value) {

    /** The words as a map; refuses a name that is given twice. */
    static <T> Map<String, T> map(
            String option, List<NameValue> words, Function<NameValue, T> value) {
        var map = new TreeMap<String, T>();
        for (NameValue word : words) {
            if (map.put(word.name(), value.apply(word)) != null) {
                throw MillraceException.invalid(
                        "%s must give each name once, got '%s' twice; nothing was done"
                                .formatted(option, word.name()));
            }
        }
        return map;
    }
}
