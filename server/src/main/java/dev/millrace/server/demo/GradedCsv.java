package dev.millrace.server.demo;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/** The result of the demo as a file: one line per package, RFC 4180, UTF-8, in the given order. */
final class GradedCsv {
    private static final List<String> HEADING =
            List.of(
                    "line",
                    "package",
                    "section",
                    "homepage",
                    "outcome",
                    "grade",
                    "points",
                    "attempts",
                    "status",
                    "bytes",
                    "millis",
                    "reasons");

    private GradedCsv() {}

    /** One line of the file. */
    sealed interface Entry {

        /**
         * A package whose page was graded.
         *
         * @param row as read
         * @param grade of the page
         * @param attempts it took
         * @param status of the last answer
         * @param bytes of the body that were read
         * @param millis the last attempt took
         */
        record Graded(Row.Good row, Grade grade, int attempts, int status, long bytes, long millis)
                implements Entry {}

        /**
         * A row or job given up.
         *
         * @param row what, where, and why
         * @param attempts made before it was given up; 0 where it never became a job
         */
        record GivenUp(DemoSummary.SetAside row, int attempts) implements Entry {}
    }

    /**
     * Writes the file, whole or not at all. Holds one entry at a time.
     *
     * @throws IOException where it cannot be written
     */
    static void write(Path file, Iterator<? extends Entry> entries) throws IOException {
        AtomicFile.write(
                file,
                out -> {
                    line(out, HEADING);
                    while (entries.hasNext()) {
                        line(out, fields(entries.next()));
                    }
                });
    }

    private static List<String> fields(Entry entry) {
        return switch (entry) {
            case Entry.Graded graded ->
                    List.of(
                            Long.toString(graded.row().line()),
                            graded.row().name(),
                            graded.row().section(),
                            graded.row().homepage(),
                            "graded",
                            graded.grade().letter().name(),
                            Integer.toString(graded.grade().points()),
                            Integer.toString(graded.attempts()),
                            Integer.toString(graded.status()),
                            Long.toString(graded.bytes()),
                            Long.toString(graded.millis()),
                            graded.grade().findings().stream()
                                    .map(Grade.Finding::name)
                                    .collect(Collectors.joining(" ")));
            case Entry.GivenUp(DemoSummary.SetAside row, int attempts) ->
                    List.of(
                            Long.toString(row.line()),
                            row.name(),
                            "",
                            "",
                            "set aside",
                            "",
                            "",
                            Integer.toString(attempts),
                            "",
                            "",
                            "",
                            row.reason() + ": " + row.detail());
        };
    }

    private static void line(Writer out, List<String> fields) throws IOException {
        for (int i = 0; i < fields.size(); i++) {
            out.write(i == 0 ? "" : ",");
            out.write(quoted(fields.get(i)));
        }
        out.write("\r\n");
    }

    private static String quoted(String field) {
        boolean plain =
                field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }
}
