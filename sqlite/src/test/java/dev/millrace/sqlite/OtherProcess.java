package dev.millrace.sqlite;

import dev.millrace.store.NewJob;
import dev.millrace.store.WorkerInfo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Another process on the same file, led by lines on its standard input: {@code register} answers a
 * worker's id, {@code probe ID} what a worker's lock says, {@code enqueue} answers when one job was
 * accepted, {@code flood} enqueues without end.
 */
final class OtherProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;

    private OtherProcess(Process process) {
        this.process = process;
        this.answers =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static OtherProcess start(Path file) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command =
                new ProcessBuilder(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        file.toString());
        var other =
                new OtherProcess(command.redirectError(ProcessBuilder.Redirect.INHERIT).start());
        other.expect("ready");
        return other;
    }

    String ask(String line) throws IOException {
        tell(line);
        return answers.readLine();
    }

    void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private void expect(String line) throws IOException {
        var got = answers.readLine();
        if (!line.equals(got)) {
            throw new IOException("expected '%s', got '%s'".formatted(line, got));
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }

    static List<NewJob> jobs(SqliteStore store, int count) {
        long first = store.reserveIds(count).first();
        var now = Instant.now();
        var jobs = new ArrayList<NewJob>();
        for (int i = 0; i < count; i++) {
            jobs.add(
                    new NewJob(first + i, "q", "work", 1, 4, "{}", 10, null, List.of(), now, null));
        }
        return jobs;
    }

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (var store = SqliteStore.at(Path.of(args[0]))) {
            System.out.println("ready");
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                switch (line) {
                    case "register" -> {
                        var info = new WorkerInfo("other", "1", Map.of(), Instant.now());
                        System.out.println(store.register(info));
                    }
                    case "enqueue" -> {
                        var jobs = jobs(store, 1);
                        store.enqueue(jobs, false);
                        System.out.println(jobs.getFirst().id());
                    }
                    case "flood" -> {
                        for (int i = 0; i < 4; i++) {
                            Thread.ofPlatform().daemon().start(() -> flood(store));
                        }
                    }
                    case String probe when probe.startsWith("probe ") -> {
                        long id = Long.parseLong(probe.substring(6));
                        var locks =
                                new WorkerLocks(Database.at(Path.of(args[0])).workersDirectory());
                        System.out.println(locks.probe(id));
                    }
                    default -> throw new IOException("unknown: " + line);
                }
            }
        }
    }

    private static void flood(SqliteStore store) {
        while (true) {
            store.enqueue(jobs(store, 500), false);
        }
    }
}
