package dev.millrace.processes;

import dev.millrace.Millrace;
import dev.millrace.job.Task;
import dev.millrace.postgres.PostgresStore;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A worker in a process of its own, led by its standard input: {@code release} lets held jobs end,
 * {@code refused} asks for the count of refused endings, {@code stop} drains. It says on standard
 * output what it does.
 */
final class WorkerProcess {
    record Line(String text) {}

    /** Says that it started, and ends when released. */
    static final Task<Line> HOLD = Task.named("test.hold", Line.class);

    /** Says that it ran. */
    static final Task<Line> QUICK = Task.named("test.quick", Line.class);

    /** Fails for good. */
    static final Task<Line> FAIL = Task.named("test.fail", Line.class);

    private WorkerProcess() {}

    static JobStore store(String url) {
        return url.startsWith("postgresql:")
                ? PostgresStore.at(url)
                : SqliteStore.at(Path.of(url.substring("sqlite:".length())));
    }

    public static void main(String[] args) throws Exception {
        var released = new CountDownLatch(1);
        Duration lease = Duration.ofMillis(Long.parseLong(args[1]));
        var millrace =
                Millrace.builder()
                        .store(store(args[0]))
                        .lease(lease)
                        .heartbeat(lease.dividedBy(5))
                        .queue("default", 200)
                        .handle(
                                HOLD,
                                (line, job) -> {
                                    say("started " + job.id() + " " + job.attempt());
                                    released.await();
                                    say("ended " + job.id());
                                    return null;
                                })
                        .handle(
                                QUICK,
                                (line, job) -> {
                                    say("ran " + job.id());
                                    return null;
                                })
                        .handle(FAIL, (line, job) -> job.discard("as was asked"))
                        .start();
        say("ready " + millrace.workerId());
        var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String command = commands.readLine();
                command != null && !command.equals("stop");
                command = commands.readLine()) {
            switch (command) {
                case "release" -> released.countDown();
                case "refused" -> say("refused " + millrace.refusedEndings());
                case "worker" -> say("worker " + millrace.workerId());
                default -> throw new IllegalArgumentException(command);
            }
        }
        millrace.close();
        say("closed");
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
