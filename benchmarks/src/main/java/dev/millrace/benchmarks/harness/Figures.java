package dev.millrace.benchmarks.harness;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Named figures of one run, in the order they were put; the first is the headline. */
public final class Figures {
    private final LinkedHashMap<String, Double> values = new LinkedHashMap<>();

    /** Adds a figure; its name carries the unit. */
    public Figures put(String name, double value) {
        values.put(name, value);
        return this;
    }

    /** Adds all figures of another. */
    public Figures putAll(Figures other) {
        values.putAll(other.values);
        return this;
    }

    /** Adds the median, 99th percentile and largest of a set of times. */
    public Figures percentiles(long[] nanos) {
        return percentiles("", nanos);
    }

    /**
     * As {@link #percentiles(long[])}, of one of several sets.
     *
     * @param prefix of the names
     */
    public Figures percentiles(String prefix, long[] nanos) {
        if (nanos.length == 0) {
            throw new IllegalStateException("expected at least one time, got none");
        }
        var sorted = nanos.clone();
        Arrays.sort(sorted);
        put(prefix + "p50 ms", sorted[sorted.length / 2] / 1e6);
        put(prefix + "p99 ms", sorted[Math.min(sorted.length - 1, sorted.length * 99 / 100)] / 1e6);
        return put(prefix + "max ms", sorted[sorted.length - 1] / 1e6);
    }

    /** The figures, in order; a copy. */
    public Map<String, Double> values() {
        return new LinkedHashMap<>(values);
    }

    /** The median of each figure over several runs. */
    public static Figures medians(List<Figures> runs) {
        var medians = new Figures();
        for (var run : runs) {
            for (var name : run.values.keySet()) {
                if (!medians.values.containsKey(name)) {
                    medians.put(name, median(runs, name));
                }
            }
        }
        return medians;
    }

    private static double median(List<Figures> runs, String name) {
        var sorted =
                runs.stream()
                        .filter(run -> run.values.containsKey(name))
                        .mapToDouble(run -> run.values.getOrDefault(name, Double.NaN))
                        .sorted()
                        .toArray();
        var middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
