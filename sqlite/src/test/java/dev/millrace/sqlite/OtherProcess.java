package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.JobTerms;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.JobFilter;
import dev.millrace.store.KeyHold;
import dev.millrace.store.KeyHold.Scope;
import dev.millrace.store.NewJob;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;

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
 * worker's id, {@code probe ID} what a worker's lock says, {@code enqueue} answers the id of a job
 * accepted, {@code os} the same of a job at that durability, {@code unique KEY} what became of a
 * job with that key, {@code big} the same of a job of 2 MB, {@code look} how many jobs there are,
 * {@code flood} enqueues without end. A refusal is answered by its code and text.
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
        var other = launch(file);
        other.open();
        return other;
    }

    /**
     * Starts the process, which opens nothing until told.
     *
     * @param wrapper the start of its command line
     */
    static OtherProcess launch(Path file, String... wrapper) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ArrayList<>(List.of(wrapper));
        command.addAll(
                List.of(
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        file.toString()));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        var other = new OtherProcess(builder.start());
        other.expect("waiting");
        return other;
    }

    void open() throws IOException {
        tell("open");
        expect("ready");
    }

    long pid() {
        return process.pid();
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

    void expect(String line) throws IOException {
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

    /** Jobs that hold unique keys of this prefix while live; a kind that drains leave alone. */
    static List<NewJob> unique(SqliteStore store, String prefix, int count) {
        long first = store.reserveIds(count).first();
        var jobs = new ArrayList<NewJob>();
        for (int i = 0; i < count; i++) {
            var key = prefix + i;
            var hold = new KeyHold(Scope.UNIQUE, key, null, OnConflict.KEEP, "");
            jobs.add(job(first + i, key, Durability.DISK).holding(List.of(hold)));
        }
        return jobs;
    }

    private static NewJob job(long id, @Nullable String unique, Durability durability) {
        return new NewJob(
                id,
                "keyed",
                "work",
                1,
                4,
                "{}",
                10,
                null,
                List.of(),
                Instant.now(),
                null,
                new JobTerms(unique, null, null, Map.of()),
                List.of(),
                durability);
    }

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("waiting");
        in.readLine();
        try (var store = SqliteStore.at(Path.of(args[0]))) {
            System.out.println("ready");
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                try {
                    System.out.println(answer(store, Path.of(args[0]), line));
                } catch (MillraceException e) {
                    System.out.println(e.code().text() + ": " + e.getMessage());
                }
            }
        } catch (MillraceException e) {
            System.out.println(e.code().text() + ": " + e.getMessage());
        }
    }

    private static Object answer(SqliteStore store, Path file, String line) throws IOException {
        switch (line) {
            case "register" -> {
                return store.register(new WorkerInfo("other", "1", Map.of(), Instant.now()));
            }
            case "enqueue" -> {
                var jobs = jobs(store, 1);
                store.enqueue(jobs, false);
                return jobs.getFirst().id();
            }
            case "big" -> {
                long id = store.reserveIds(1).first();
                var payload = "\"" + "x".repeat(2_000_000) + "\"";
                var now = Instant.now();
                var job =
                        new NewJob(id, "q", "work", 1, 4, payload, 10, null, List.of(), now, null);
                store.enqueue(List.of(job), false);
                return id;
            }
            case "os" -> {
                var job = job(store.reserveIds(1).first(), null, Durability.OS);
                store.enqueue(List.of(job), false);
                return job.id();
            }
            case String unique when unique.startsWith("unique ") -> {
                var jobs = unique(store, unique.substring(7), 1);
                return store.enqueueKeyed(jobs, false).getFirst();
            }
            case "look" -> {
                return store.list(JobFilter.all(), 1000, null).items().size();
            }
            case "flood" -> {
                for (int i = 0; i < 4; i++) {
                    Thread.ofPlatform().daemon().start(() -> flood(store));
                }
                return "flooding";
            }
            case String probe when probe.startsWith("probe ") -> {
                var locks = new WorkerLocks(Database.at(file).workersDirectory());
                return locks.probe(Long.parseLong(probe.substring(6)));
            }
            default -> throw new IOException("unknown: " + line);
        }
    }

    private static void flood(SqliteStore store) {
        while (true) {
            store.enqueue(jobs(store, 500), false);
        }
    }
}
