package dev.millrace.examples.comparison;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The figures as a table, as bars, and as ratios. */
final class Report {
    private static final int BAR = 44;

    private final List<Row> rows;

    Report(List<Row> rows) {
        this.rows = List.copyOf(rows);
    }

    void print(PrintStream out) {
        out.printf(
                "| %-12s | %9s | %14s | %12s | %9s | %8s |%n",
                "", "jobs/s", "bytes/waiting", "fit at once", "ran with", "peak MB");
        out.println("|---|---|---|---|---|---|");
        for (var row : rows) {
            out.printf(
                    Locale.ROOT,
                    "| %-12s | %,9.0f | %,14.0f | %,12d | %,9d | %8.0f |%n",
                    row.plan().name(),
                    row.jobsPerSecond(),
                    row.bytesPerJob(),
                    row.fits(),
                    row.atOnce(),
                    row.peakBytes() / (1 << 20));
        }
        bars(out, "jobs/s", Row::jobsPerSecond);
        bars(out, "jobs that fit at once", Row::fits);
        bars(out, "bytes per waiting job", Row::bytesPerJob);
        ratios(out);
    }

    private void bars(PrintStream out, String title, ToDoubleFunction<Row> figure) {
        out.printf("%n%s (logarithmic)%n", title);
        double least = Chart.floor(rows, figure);
        double most = Chart.ceiling(rows, figure);
        for (var row : rows) {
            double share = Math.log10(figure.applyAsDouble(row) / least) / Math.log10(most / least);
            out.printf(
                    Locale.ROOT,
                    "  %-12s %s %,.0f%n",
                    row.plan().name(),
                    "#".repeat((int) Math.max(1, Math.round(share * BAR))),
                    figure.applyAsDouble(row));
        }
    }

    private void ratios(PrintStream out) {
        var ours = rows.getLast();
        out.printf("%n%s beside%n", ours.plan().name());
        for (var row : rows.subList(0, rows.size() - 1)) {
            out.printf(
                    Locale.ROOT,
                    "  %-12s %6.1f x the jobs/s, %6.1f x the jobs at once%n",
                    row.plan().name(),
                    ours.jobsPerSecond() / row.jobsPerSecond(),
                    (double) ours.fits() / row.fits());
        }
    }
}
