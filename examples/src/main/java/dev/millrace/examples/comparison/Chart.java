package dev.millrace.examples.comparison;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The figures as a picture: three panels of bars on logarithmic scales. Stateless. */
final class Chart {
    private static final int WIDTH = 760;
    private static final int LEFT = 130;
    private static final int LONGEST = 500;
    private static final int ROW_HEIGHT = 26;
    private static final int PANEL_HEAD = 44;

    private Chart() {}

    /** A picture that needs nothing else to be shown. */
    static String svg(List<Row> rows) {
        int panel = PANEL_HEAD + rows.size() * ROW_HEIGHT;
        var svg =
                new StringBuilder(
                        """
                        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">
                        <title>Processes, threads and virtual threads in the same memory</title>
                        <style>
                        text { font: 13px system-ui, sans-serif; fill: #333 }
                        .head { font-weight: 600 } .bar { fill: #9aa5b1 } .ours { fill: #1f7a4d }
                        .grid { stroke: #e3e6ea }
                        </style>
                        <rect width="100%%" height="100%%" fill="#fff"/>
                        """
                                .formatted(WIDTH, 3 * panel + 20));
        panel(svg, rows, 0, "jobs per second", Row::jobsPerSecond);
        panel(svg, rows, panel, "jobs that fit at once", Row::fits);
        panel(svg, rows, 2 * panel, "bytes of memory per waiting job", Row::bytesPerJob);
        return svg.append("</svg>\n").toString();
    }

    /** The power of ten at or below the least figure. */
    static double floor(List<Row> rows, ToDoubleFunction<Row> figure) {
        double least = rows.stream().mapToDouble(figure).min().orElse(1);
        return Math.pow(10, Math.floor(Math.log10(Math.max(least, 1e-3)) - 0.01));
    }

    /** The power of ten at or above the greatest figure. */
    static double ceiling(List<Row> rows, ToDoubleFunction<Row> figure) {
        double most = rows.stream().mapToDouble(figure).max().orElse(10);
        return Math.pow(10, Math.ceil(Math.log10(Math.max(most, 1e-2))));
    }

    private static void panel(
            StringBuilder svg,
            List<Row> rows,
            int top,
            String title,
            ToDoubleFunction<Row> figure) {
        double low = Math.log10(floor(rows, figure));
        double high = Math.log10(ceiling(rows, figure));
        int bottom = top + PANEL_HEAD + rows.size() * ROW_HEIGHT - 6;
        svg.append(
                "<text class=\"head\" x=\"%d\" y=\"%d\">%s</text>%n"
                        .formatted(LEFT, top + 24, title));
        for (int power = (int) low; power <= high; power++) {
            long x = Math.round(LEFT + LONGEST * (power - low) / (high - low));
            svg.append(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>%n"
                            .formatted(x, x, top + 34, bottom));
        }
        for (int i = 0; i < rows.size(); i++) {
            double value = figure.applyAsDouble(rows.get(i));
            long width =
                    Math.max(2, Math.round(LONGEST * (Math.log10(value) - low) / (high - low)));
            svg.append(
                    """
                    <text x="%d" y="%d" text-anchor="end">%s</text>
                    <rect class="%s" x="%d" y="%d" width="%d" height="18"/>
                    <text x="%d" y="%d">%s</text>
                    """
                            .formatted(
                                    LEFT - 8,
                                    top + PANEL_HEAD + 8 + i * ROW_HEIGHT,
                                    rows.get(i).plan().name(),
                                    i == rows.size() - 1 ? "ours" : "bar",
                                    LEFT,
                                    top + PANEL_HEAD - 6 + i * ROW_HEIGHT,
                                    width,
                                    LEFT + width + 6,
                                    top + PANEL_HEAD + 8 + i * ROW_HEIGHT,
                                    String.format(Locale.ROOT, "%,.0f", value)));
        }
    }
}
