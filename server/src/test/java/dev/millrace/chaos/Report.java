package dev.millrace.chaos;

import dev.millrace.job.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a run came to.
 *
 * @param engine which store
 * @param seed of everything drawn
 * @param took from the first round to the last
 * @param violations promises not kept
 * @param workersStarted processes, all told
 * @param startsRefused of them, those that ended at once because the store did not answer
 * @param reportsRefused endings of claims that had been taken away
 * @param stalls times a process found by itself that it had stood still for more than a second
 * @param refusedForSpace rounds in which the full disk refused a job
 * @param faults how often each struck
 * @param figures what was counted
 */
record Report(
        String engine,
        long seed,
        Duration took,
        int violations,
        int workersStarted,
        int startsRefused,
        long reportsRefused,
        int stalls,
        int refusedForSpace,
        Map<Fault, Integer> faults,
        Map<String, Object> figures) {

    private Map<String, Object> rows() {
        var rows = new LinkedHashMap<String, Object>();
        rows.put("engine", engine);
        rows.put("seed", seed);
        rows.put("seconds", took.toSeconds());
        rows.put("violations", violations);
        rows.put("workersStarted", workersStarted);
        rows.put("startsRefused", startsRefused);
        rows.put("lateReportsRefused", reportsRefused);
        rows.put("stalls", stalls);
        rows.put("roundsInWhichTheFullDiskRefused", refusedForSpace);
        faults.forEach((fault, count) -> rows.put("fault." + fault.text(), count));
        rows.putAll(figures);
        return rows;
    }

    String json() {
        return new Json().write("the chaos report", rows(), 1 << 20);
    }

    /** A Markdown table, to be copied into the documentation. */
    String table() {
        var text = new StringBuilder("| what | %s |\n|---|---|\n".formatted(engine));
        rows().forEach((name, value) ->
                text.append("| ")
                        .append(words(name))
                        .append(" | ")
                        .append(value instanceof Map<?, ?> map ? cell(map) : value)
                        .append(" |\n"));
        return text.toString();
    }

    private static String words(String name) {
        return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT).replace('.', ' ');
    }

    private static String cell(Map<?, ?> map) {
        var text = new StringBuilder();
        map.forEach((key, value) -> {
            text.append(text.isEmpty() ? "" : ", ").append(key.toString().toLowerCase(Locale.ROOT));
            text.append(value instanceof Double seconds ? " %.2f".formatted(seconds) : " " + value);
        });
        return text.toString();
    }

    /** Writes both forms beside each other. */
    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        String name = engine + "-" + seed;
        Files.writeString(directory.resolve(name + ".json"), json() + "\n");
        Files.writeString(directory.resolve(name + ".md"), table());
    }
}
