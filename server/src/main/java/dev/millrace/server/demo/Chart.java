package dev.millrace.server.demo;

import java.util.List;
import java.util.Locale;

/**
 * Charts as inline SVG, coloured by the classes of the page they stand in, so that they follow its
 * light and dark. Every bar says its value in words too. Pure functions.
 */
final class Chart {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 210;

    private Chart() {}

    /**
     * One bar, or one part of one.
     *
     * @param label under or beside it
     * @param value at least 0
     * @param style class of the page that colours it
     */
    record Bar(String label, long value, String style) {}

    /**
     * Bars made of parts, each with its own name.
     *
     * @param label beside the row
     * @param parts from left to right
     */
    record Stack(String label, List<Bar> parts) {}

    /** Upright bars, in the given order; {@code axis} says what the labels are. */
    static String columns(List<Bar> bars, String axis) {
        var svg = open(HEIGHT, "columns: " + axis);
        long most = Math.max(1, bars.stream().mapToLong(Bar::value).max().orElse(1));
        double step = (double) WIDTH / Math.max(1, bars.size());
        double thick = Math.min(56, step * 0.72);
        int floor = HEIGHT - 40;
        for (int i = 0; i < bars.size(); i++) {
            var bar = bars.get(i);
            double middle = step * (i + 0.5);
            double height =
                    bar.value() == 0 ? 0 : Math.max(1.5, (floor - 22.0) * bar.value() / most);
            svg.append("<g>").append(title(bar.label() + ": " + number(bar.value())));
            svg.append(rect(bar.style(), middle - thick / 2, floor - height, thick, height));
            if (step >= 26) {
                svg.append(
                        text("value", middle, floor - height - 6, "middle", number(bar.value())));
            }
            svg.append(text("label", middle, floor + 16, "middle", bar.label())).append("</g>");
        }
        svg.append(line(0, floor, WIDTH, floor));
        return svg.append(text("axis", WIDTH / 2.0, HEIGHT - 5, "middle", axis)) + "</svg>";
    }

    /** Bars that lie, longest first as given. */
    static String rows(List<Bar> bars, String what) {
        int step = 24;
        var svg = open(Math.max(step, step * bars.size()), "bars: " + what);
        long most = Math.max(1, bars.stream().mapToLong(Bar::value).max().orElse(1));
        int left = 168;
        for (int i = 0; i < bars.size(); i++) {
            var bar = bars.get(i);
            double width = Math.max(1.5, (WIDTH - left - 56.0) * bar.value() / most);
            double top = step * i;
            svg.append("<g>").append(title(bar.label() + ": " + number(bar.value())));
            svg.append(text("label", left - 8, top + 16, "end", shortened(bar.label())));
            svg.append(rect(bar.style(), left, top + 4, width, step - 8));
            svg.append(text("value", left + width + 6, top + 16, "start", number(bar.value())));
            svg.append("</g>");
        }
        return svg + "</svg>";
    }

    /** Rows of one length, divided by share. */
    static String stacks(List<Stack> stacks, String what) {
        int step = 24;
        int left = 110;
        var svg = open(Math.max(step, step * stacks.size()), "shares: " + what);
        for (int i = 0; i < stacks.size(); i++) {
            var stack = stacks.get(i);
            long all = Math.max(1, stack.parts().stream().mapToLong(Bar::value).sum());
            double x = left;
            svg.append(text("label", left - 8, step * i + 16, "end", shortened(stack.label())));
            for (var part : stack.parts()) {
                double width = (WIDTH - left - 48.0) * part.value() / all;
                if (part.value() > 0) {
                    var words = "%s, %s: %s".formatted(stack.label(), part.label(), part.value());
                    svg.append("<g>").append(title(words));
                    svg.append(
                            rect(
                                    part.style(),
                                    x,
                                    step * i + 4,
                                    Math.max(0.5, width - 1),
                                    step - 8));
                    svg.append("</g>");
                }
                x += width;
            }
            svg.append(text("value", x + 6, step * i + 16, "start", number(all)));
        }
        return svg + "</svg>";
    }

    /** A curve over time, one value per second; long runs are drawn by their means. */
    static String curve(List<Long> perSecond) {
        var svg = open(HEIGHT, "jobs ended per second, over time");
        var points = means(perSecond, 160);
        int floor = HEIGHT - 40;
        int left = 40;
        double top = points.stream().mapToDouble(Double::doubleValue).max().orElse(1);
        double most = ceiling(Math.max(2, top));
        for (int grid = 1; grid <= 2; grid++) {
            double y = floor - (floor - 16.0) * grid / 2;
            svg.append(line(left, y, WIDTH, y));
            svg.append(text("label", left - 6, y + 4, "end", number(Math.round(most * grid / 2))));
        }
        var path = new StringBuilder();
        for (int i = 0; i < points.size(); i++) {
            double x = left + (WIDTH - left) * (double) i / Math.max(1, points.size() - 1);
            double y = floor - (floor - 16.0) * points.get(i) / most;
            path.append(i == 0 ? "M" : "L").append(dot(x)).append(' ').append(dot(y));
        }
        if (!points.isEmpty()) {
            svg.append(
                    "<path class=\"area\" d=\"%sL%d %dL%d %dZ\"/>"
                            .formatted(path, WIDTH, floor, left, floor));
            svg.append("<path class=\"stroke\" d=\"%s\"/>".formatted(path));
        }
        svg.append(line(left, floor, WIDTH, floor))
                .append(text("label", left, floor + 16, "start", "0 s"));
        svg.append(text("label", WIDTH, floor + 16, "end", perSecond.size() + " s"));
        return svg.append(
                        text(
                                "axis",
                                (left + WIDTH) / 2.0,
                                HEIGHT - 5,
                                "middle",
                                "seconds since the start"))
                + "</svg>";
    }

    private static List<Double> means(List<Long> values, int atMost) {
        int group = Math.max(1, Math.ceilDiv(values.size(), atMost));
        return java.util.stream.IntStream.range(0, Math.ceilDiv(values.size(), group))
                .mapToObj(i -> values.subList(i * group, Math.min(values.size(), (i + 1) * group)))
                .map(part -> part.stream().mapToLong(Long::longValue).average().orElse(0))
                .toList();
    }

    /** The next of 1, 2, 4, 5, 6, 8 times a power of ten: halves read well. */
    private static double ceiling(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        for (int factor : new int[] {1, 2, 4, 5, 6, 8}) {
            if (value <= factor * power) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static StringBuilder open(int height, String name) {
        return new StringBuilder(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
                        .formatted(WIDTH, height, Html.escape(name)));
    }

    private static String title(String words) {
        return "<title>" + Html.escape(words) + "</title>";
    }

    private static String rect(String style, double x, double y, double width, double height) {
        return "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\"/>"
                .formatted(style, dot(x), dot(y), dot(width), dot(height));
    }

    private static String line(double x1, double y1, double x2, double y2) {
        return "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>"
                .formatted(dot(x1), dot(y1), dot(x2), dot(y2));
    }

    private static String text(String style, double x, double y, String anchor, String words) {
        return "<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>"
                .formatted(style, dot(x), dot(y), anchor, Html.escape(words));
    }

    private static String shortened(String label) {
        return label.length() <= 26 ? label : label.substring(0, 25) + "…";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String dot(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
