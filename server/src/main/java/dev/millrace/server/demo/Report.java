package dev.millrace.server.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The result of the demo as one page: figures, charts and the rows set aside, in light and dark.
 * The file needs nothing beside it and asks nothing of any host; a policy in it forbids that.
 */
final class Report {
    private static final int MOST_BARS = 12;
    private static final int MOST_ROWS_OF_A_REASON = 8;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private Report() {}

    /**
     * Writes the page, whole or not at all.
     *
     * @throws IOException where it cannot be written
     */
    static void write(Path file, DemoSummary summary) throws IOException {
        var page = page(summary);
        AtomicFile.write(file, out -> out.write(page));
    }

    /** The page. */
    static String page(DemoSummary summary) {
        return fill(
                template(),
                Map.ofEntries(
                        Map.entry("subtitle", subtitle(summary)),
                        Map.entry("tiles", tiles(summary)),
                        Map.entry("grades", Chart.columns(grades(summary.grades()), "grade")),
                        Map.entry("throughput", Chart.curve(summary.throughput())),
                        Map.entry(
                                "latency",
                                Chart.columns(
                                        latencies(summary), "milliseconds or seconds, at most")),
                        Map.entry("attempts", Chart.columns(attempts(summary), "attempts")),
                        Map.entry(
                                "findings",
                                Chart.rows(largest(summary.findings(), "bar"), "faults")),
                        Map.entry(
                                "mishaps",
                                Chart.rows(largest(summary.mishaps(), "warn"), "failed attempts")),
                        Map.entry(
                                "sections", Chart.stacks(sections(summary), "grades per section")),
                        Map.entry(
                                "reasons",
                                Chart.rows(largest(summary.setAsideReasons(), "bad"), "reasons")),
                        Map.entry("rows", table(summary)),
                        Map.entry("speedup-note", speedUpNote(summary))));
    }

    private static String subtitle(DemoSummary summary) {
        var again =
                summary.starts() > 1
                        ? ", going on where %d earlier start%s stood"
                                .formatted(summary.starts() - 1, summary.starts() == 2 ? "" : "s")
                        : "";
        return Html.escape(
                "%s rows, %d workers a step, started %s%s"
                        .formatted(
                                number(summary.rows()),
                                summary.workers(),
                                TIME.format(summary.startedAt()),
                                again));
    }

    private static String tiles(DemoSummary summary) {
        return tile("hero", rounded(summary.speedUp()) + "×", "faster than one at a time")
                + tile(
                        "",
                        number(summary.completed()),
                        "packages graded of " + number(summary.packages()))
                + tile("", rounded(summary.packagesPerSecond()), "packages a second")
                + tile("", number(summary.retries()), "retries")
                + tile("", number(summary.setAsideCount()), "set aside, each with its reason")
                + tile("", clock(summary.elapsed()), "from start to end");
    }

    private static String tile(String style, String value, String label) {
        return "<div class=\"tile %s\"><b>%s</b><span>%s</span></div>"
                .formatted(style, Html.escape(value), Html.escape(label));
    }

    private static List<Chart.Bar> grades(Map<Grade.Letter, Long> counts) {
        var bars = new ArrayList<Chart.Bar>();
        for (var letter : Grade.Letter.values()) {
            long count = counts.getOrDefault(letter, 0L);
            bars.add(
                    new Chart.Bar(
                            letter.name(),
                            count,
                            "grade-" + letter.name().toLowerCase(Locale.ROOT)));
        }
        return bars;
    }

    private static List<Chart.Bar> latencies(DemoSummary summary) {
        var bars = new ArrayList<Chart.Bar>();
        long from = 0;
        for (var bucket : summary.latencies().entrySet()) {
            boolean last = bucket.getKey().equals(summary.latencies().lastKey());
            var label = last ? "over " + brief(from) : brief(bucket.getKey());
            bars.add(new Chart.Bar(label, bucket.getValue(), "bar"));
            from = bucket.getKey();
        }
        return bars;
    }

    private static String brief(long millis) {
        return millis < 1_000 || millis % 1_000 != 0
                ? Long.toString(millis)
                : millis / 1_000 + " s";
    }

    private static List<Chart.Bar> attempts(DemoSummary summary) {
        return summary.attemptsPerStep().entrySet().stream()
                .limit(MOST_BARS)
                .map(e -> new Chart.Bar(e.getKey().toString(), e.getValue(), "bar"))
                .toList();
    }

    private static List<Chart.Bar> largest(Map<String, Long> counts, String style) {
        return counts.entrySet().stream()
                .filter(e -> e.getValue() > 0)
                .sorted(
                        Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(Map.Entry.comparingByKey()))
                .limit(MOST_BARS)
                .map(e -> new Chart.Bar(e.getKey(), e.getValue(), style))
                .toList();
    }

    private static List<Chart.Stack> sections(DemoSummary summary) {
        return summary.sections().entrySet().stream()
                .map(e -> new Chart.Stack(e.getKey(), grades(e.getValue())))
                .sorted(
                        Comparator.comparingLong(
                                stack -> -stack.parts().stream().mapToLong(Chart.Bar::value).sum()))
                .limit(MOST_BARS)
                .toList();
    }

    /** The rare reasons are worth more than hundreds of rows of the commonest: a few of each. */
    private static String table(DemoSummary summary) {
        var rows = new StringBuilder();
        var shownOf = new HashMap<String, Integer>();
        long shown = 0;
        for (var row : summary.setAside()) {
            if (shownOf.merge(row.reason(), 1, Integer::sum) <= MOST_ROWS_OF_A_REASON) {
                rows.append(tableRow(row));
                shown++;
            }
        }
        long more = summary.setAsideCount() - shown;
        if (more > 0) {
            rows.append("<tr><td></td><td colspan=\"3\">and ").append(number(more));
            rows.append(" more in <code>").append(Html.escape(summary.gradedCsv()));
            rows.append("</code></td></tr>\n");
        }
        return rows.toString();
    }

    private static String tableRow(DemoSummary.SetAside row) {
        return "<tr><td class=\"n\">%d</td><td>%s</td><td>%s</td><td><code>%s</code></td></tr>%n"
                .formatted(
                        row.line(),
                        Html.escape(row.reason()),
                        Html.escape(shortened(row.detail(), 160)),
                        Html.escape(shortened(row.original(), 90)));
    }

    private static String speedUpNote(DemoSummary summary) {
        return Html.escape(
                "Speed-up: all requests together took "
                        + clock(summary.attemptTime())
                        + "; they were done in "
                        + clock(summary.elapsed())
                        + ". One at a time they would have taken at least their sum.");
    }

    private static String fill(String template, Map<String, String> parts) {
        var page = new StringBuilder();
        int at = 0;
        for (int open = template.indexOf("{{"); open >= 0; open = template.indexOf("{{", at)) {
            int close = template.indexOf("}}", open);
            var name = template.substring(open + 2, close);
            var part = parts.get(name);
            if (part == null) {
                throw new IllegalStateException("report.html names the unknown part " + name);
            }
            page.append(template, at, open).append(part);
            at = close + 2;
        }
        return page.append(template, at, template.length()).toString();
    }

    private static String template() {
        try (InputStream in = Report.class.getResourceAsStream("report.html")) {
            if (in == null) {
                throw new IllegalStateException("expected report.html beside Report, got nothing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("report.html cannot be read", e);
        }
    }

    private static String shortened(String text, int atMost) {
        return text.length() <= atMost ? text : text.substring(0, atMost) + "…";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** To what the eye takes in. */
    static String rounded(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
    }

    /** For people. */
    static String clock(Duration time) {
        if (time.toMinutes() == 0) {
            return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
        }
        return time.toHours() == 0
                ? "%d min %02d s".formatted(time.toMinutes(), time.toSecondsPart())
                : "%d h %02d min".formatted(time.toHours(), time.toMinutesPart());
    }
}
