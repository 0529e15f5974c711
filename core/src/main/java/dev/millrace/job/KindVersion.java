package dev.millrace.job;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableSet;

import java.util.Arrays;
import java.util.Set;

/**
 * A kind of work in one version of its payload: what a worker must know to take a job.
 *
 * @param kind the task's name
 * @param version of the payload's shape, from 1
 */
public record KindVersion(String kind, int version) {
    /** Some of them as stores keep them: {@code KIND:VERSION} parted by blanks. */
    public static String text(Set<KindVersion> kinds) {
        return kinds.stream()
                .map(each -> each.kind() + ":" + each.version())
                .sorted()
                .collect(joining(" "));
    }

    /** Reads what {@link #text} wrote. */
    public static Set<KindVersion> parse(String text) {
        return Arrays.stream(text.split(" "))
                .filter(each -> !each.isEmpty())
                .map(KindVersion::one)
                .collect(toUnmodifiableSet());
    }

    private static KindVersion one(String text) {
        int colon = text.lastIndexOf(':');
        return new KindVersion(
                text.substring(0, colon), Integer.parseInt(text, colon + 1, text.length(), 10));
    }
}
