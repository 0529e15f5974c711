package dev.millrace.benchmarks.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a figure must be read with: machine, JDK, command, commit, date. */
public final class Machine {
    private Machine() {}

    /** The header of a report, in the order it is printed. */
    public static Map<String, String> header(List<String> command, String postgres)
            throws IOException {
        var header = new LinkedHashMap<String, String>();
        header.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        header.put("command", "benchmarks/run " + String.join(" ", command));
        header.put("commit", commit());
        header.put("processor", processor());
        header.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        header.put("load before", load());
        header.put(
                "kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        header.put("jdk", System.getProperty("java.vm.version", "unknown"));
        header.put("postgresql", postgres);
        return header;
    }

    private static String processor() throws IOException {
        var cpuinfo = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(cpuinfo)) {
            return System.getProperty("os.arch", "unknown");
        }
        return Files.readAllLines(cpuinfo).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse("unknown");
    }

    private static String load() throws IOException {
        var loadavg = Path.of("/proc/loadavg");
        return Files.isReadable(loadavg) ? Files.readString(loadavg).split(" ", 2)[0] : "unknown";
    }

    private static String commit() throws IOException {
        try {
            var git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12");
            var process = git.redirectErrorStream(true).start();
            var answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                            .trim();
            return answer.matches("[0-9a-zA-Z.+-]+") ? answer : "unknown";
        } catch (IOException e) {
            return "unknown (git is not installed)";
        }
    }
}
