package dev.millrace.examples.comparison;

import dev.millrace.examples.smtp.PostboxProcess;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Measures every way to do many jobs at once in the same memory and prints a table, bars and
 * ratios: {@code [--memory MB] [--answer MILLIS] [--svg FILE]}. Takes two to three minutes, on
 * Linux.
 */
public final class Main {
    private static final String USAGE =
            """
            examples/run comparison [--memory MB] [--answer MILLIS] [--svg FILE]
              --memory   what each way may have resident, 128 to 65536; 512
              --answer   how long the mail server takes to answer, 1 to 10000; 200
              --svg      writes the chart there
            """;

    private static final int ROUNDS = 3;

    private int memoryMb = 512;
    private int answerMillis = 200;
    private Path svg = Path.of("");

    private Main() {}

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        var main = new Main();
        if (!main.read(args)) {
            System.err.print(USAGE);
            System.exit(2);
        }
        if (!Memory.isKnown()) {
            System.err.println(
                    "expected Linux, which tells the memory of processes in /proc; nothing was"
                            + " measured");
            System.exit(3);
        }
        main.run(System.out);
    }

    private boolean read(String[] args) {
        for (int i = 0; i + 1 < args.length; i += 2) {
            switch (args[i]) {
                case "--memory" -> memoryMb = number(args[i + 1], 128, 65_536);
                case "--answer" -> answerMillis = number(args[i + 1], 1, 10_000);
                case "--svg" -> svg = Path.of(args[i + 1]);
                default -> memoryMb = 0;
            }
        }
        return args.length % 2 == 0 && memoryMb > 0 && answerMillis > 0;
    }

    /** The number, or 0 when it is none or out of bounds. */
    private static int number(String text, int least, int most) {
        int number = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
        return number < least || number > most ? 0 : number;
    }

    private void run(PrintStream out) throws Exception {
        out.printf(
                Locale.ROOT,
                """
                The same job in the same memory: one mail to a server that answers after %d ms,
                %d MB resident at most. %d cores, shared with the server; %s, JDK %s.

                """,
                answerMillis,
                memoryMb,
                Runtime.getRuntime().availableProcessors(),
                processor(),
                System.getProperty("java.version"));
        Path directory = Files.createTempDirectory("millrace-comparison");
        try (var server = PostboxProcess.start(answerMillis)) {
            var plans = Plans.all(server.address().getPort(), directory);
            var rows =
                    new Measurement(server, (long) memoryMb << 20, 10_000).of(plans, ROUNDS, out);
            out.println();
            var report = new Report(rows);
            report.print(out);
            if (!svg.toString().isEmpty()) {
                Files.writeString(svg, Chart.svg(rows));
                out.printf("%nThe chart is in %s%n", svg);
            }
        } finally {
            delete(directory);
        }
    }

    private static String processor() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("processor unknown");
        }
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
