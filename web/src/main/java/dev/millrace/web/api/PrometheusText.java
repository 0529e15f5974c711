package dev.millrace.web.api;

import java.util.Locale;

/** Lines that Prometheus reads. */
final class PrometheusText {
    private PrometheusText() {}

    /** What a series is, before its first line. */
    static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /** A value of a series with its labels. */
    static void line(StringBuilder out, String series, double value) {
        String text =
                value == Math.rint(value)
                        ? Long.toString((long) value)
                        : String.format(Locale.ROOT, "%.3f", value);
        out.append(series).append(' ').append(text).append('\n');
    }
}
