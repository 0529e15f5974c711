package dev.millrace.examples.comparison;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The ways that are compared. */
final class Plans {
    private Plans() {}

    /**
     * The ways that this machine has, the one to compare with the others last.
     *
     * @param port of the mail server
     * @param directory for what they keep
     */
    static List<Plan> all(int port, Path directory) throws IOException {
        String classPath = System.getProperty("java.class.path");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String at = Integer.toString(port);
        var plans = new ArrayList<Plan>();
        plans.add(
                new Plan(
                        "fresh JVM",
                        "a fresh JVM for each job, with the flags that start it soonest",
                        new Way.ProcessEach(
                                List.of(
                                        java,
                                        "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1",
                                        "-Xshare:auto",
                                        "-Xmx16m",
                                        "-cp",
                                        ownClasses(),
                                        OneJob.class.getName(),
                                        at)),
                        false,
                        8,
                        100));
        String python = python();
        if (!python.isEmpty()) {
            String script = script(directory).toString();
            plans.add(
                    new Plan(
                            "fresh Python",
                            "a fresh python3 for each job, which starts sooner than a JVM",
                            new Way.ProcessEach(List.of(python, "-S", "-E", script, "one", at)),
                            false,
                            20,
                            300));
            plans.add(
                    new Plan(
                            "fork",
                            "a fork of a warm python3 for each job, which shares its pages",
                            new Way.OneProcess(
                                    List.of(python, "-S", "-E", script, "crew", at), List.of()),
                            false,
                            100,
                            3_000));
        }
        plans.add(
                new Plan(
                        "threads",
                        "a pool of platform threads in one JVM, jobs in its memory only",
                        crew("pool", java, classPath, at, directory),
                        true,
                        2_000,
                        30_000));
        plans.add(
                new Plan(
                        "Millrace",
                        "virtual threads on Millrace in one JVM, jobs and their ends durable",
                        crew("virtual", java, classPath, at, directory),
                        true,
                        5_000,
                        30_000));
        return plans;
    }

    private static Way crew(
            String kind, String java, String classPath, String port, Path directory) {
        return new Way.OneProcess(
                List.of(
                        java,
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-cp",
                        classPath,
                        Crew.class.getName(),
                        kind,
                        port),
                List.of(directory.toString()));
    }

    /** The interpreter itself, behind what stands for it on the path; empty when there is none. */
    private static String python() {
        try {
            var ask = new ProcessBuilder("python3", "-c", "import sys; print(sys.executable)");
            var process = ask.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Files.isExecutable(Path.of(answer.strip())) ? answer.strip() : "";
        } catch (IOException none) {
            return "";
        }
    }

    private static Path script(Path directory) throws IOException {
        Path script = directory.resolve("job.py");
        try (InputStream text = Plans.class.getResourceAsStream("job.py")) {
            if (text == null) {
                throw new IOException("expected job.py among the program's own files, got none");
            }
            Files.copy(text, script);
        }
        return script;
    }

    /** Where this program's own classes are, without its libraries: all that one mail needs. */
    private static String ownClasses() {
        return Path.of(
                        URI.create(
                                Plans.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .toString()))
                .toString();
    }
}
