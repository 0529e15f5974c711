package dev.millrace.benchmarks.harness;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was measured, as text for the terminal, as Markdown and as JSON. */
public final class Report {
    private final Map<String, String> header;
    private final Map<Scenario, Map<Contender, Line>> lines = new LinkedHashMap<>();

    private static final class Line {
        private final List<Figures> runs = new ArrayList<>();
        private String note = "";
    }

    public Report(Map<String, String> header) {
        this.header = header;
    }

    /** Adds one run. */
    public void add(Scenario scenario, Contender contender, Figures figures) {
        line(scenario, contender).runs.add(figures);
    }

    /** Says why there is no figure. */
    public void note(Scenario scenario, Contender contender, String note) {
        line(scenario, contender).note = note;
    }

    /** One scenario as a table for the terminal. */
    public String text(Scenario scenario) {
        var rows = rows(scenario);
        var widths = new int[rows.getFirst().size()];
        for (var row : rows) {
            var measured = row.size() == widths.length ? row.size() : 1;
            for (int i = 0; i < measured; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        var text = new StringBuilder("\n" + scenario.name() + "\n");
        for (var row : rows) {
            for (int i = 0; i < row.size(); i++) {
                var width = i < widths.length ? widths[i] : 0;
                var padding = " ".repeat(Math.max(0, width - row.get(i).length()));
                var cell = i == 0 ? row.get(i) + padding : padding + row.get(i);
                text.append("  ").append(cell);
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** Writes {@code <name>.md} and {@code <name>.json} and returns the former. */
    public Path write(Path directory, String name) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(name + ".json"), json());
        return Files.writeString(directory.resolve(name + ".md"), markdown());
    }

    private String markdown() {
        var text = new StringBuilder("# Benchmark results\n\n");
        header.forEach((key, value) ->
                text.append("- ").append(key).append(": ").append(value).append('\n'));
        text.append("\nMedians over the runs; contenders took turns.\n\n## Contenders\n");
        lines.values().stream()
                .flatMap(each -> each.keySet().stream())
                .distinct()
                .forEach(it -> text.append("- **%s**: %s\n".formatted(it.name(), it.settings())));
        for (var scenario : lines.keySet()) {
            text.append("\n## ").append(scenario.name()).append('\n');
            text.append(scenario.explains()).append("\n\n");
            var rows = rows(scenario);
            var columns = rows.getFirst().size();
            for (int i = 0; i < rows.size(); i++) {
                var cells = new ArrayList<>(rows.get(i));
                while (cells.size() < columns) {
                    cells.add("");
                }
                text.append("| ").append(String.join(" | ", cells)).append(" |\n");
                if (i == 0) {
                    text.append("|---|").append("--:|".repeat(columns - 1)).append('\n');
                }
            }
        }
        return text.toString();
    }

    private String json() {
        var results = new ArrayList<Map<String, Object>>();
        lines.forEach((scenario, contenders) ->
                contenders.forEach((contender, line) -> {
                    var result = new LinkedHashMap<String, Object>();
                    result.put("scenario", scenario.name());
                    result.put("contender", contender.name());
                    result.put("settings", contender.settings());
                    if (!line.note.isEmpty()) {
                        result.put("note", line.note);
                    }
                    result.put("median", Figures.medians(line.runs).values());
                    result.put("runs", line.runs.stream().map(Figures::values).toList());
                    results.add(result);
                }));
        return JsonMapper.shared()
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(Map.of("header", header, "results", results));
    }

    private List<List<String>> rows(Scenario scenario) {
        var contenders = lines.getOrDefault(scenario, Map.of());
        var columns = new LinkedHashSet<String>();
        contenders
                .values()
                .forEach(line -> line.runs.forEach(run -> columns.addAll(run.values().keySet())));
        var rows = new ArrayList<List<String>>();
        var head = new ArrayList<>(List.of("contender"));
        head.addAll(columns);
        rows.add(head);
        contenders.forEach((contender, line) -> {
            if (line.runs.isEmpty()) {
                rows.add(List.of(contender.name(), line.note));
                return;
            }
            var medians = Figures.medians(line.runs).values();
            var row =
                    columns.stream()
                            .map(column -> number(medians.get(column)))
                            .collect(Collectors.toCollection(ArrayList::new));
            row.addFirst(contender.name() + (line.note.isEmpty() ? "" : " (!)"));
            rows.add(row);
        });
        return rows;
    }

    private static String number(@org.jspecify.annotations.Nullable Double value) {
        if (value == null) {
            return "";
        }
        var size = Math.abs(value);
        var format = size >= 100 || size == Math.rint(size) ? "%,.0f" : size >= 1 ? "%.1f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }

    private Line line(Scenario scenario, Contender contender) {
        return lines.computeIfAbsent(scenario, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new Line());
    }
}
