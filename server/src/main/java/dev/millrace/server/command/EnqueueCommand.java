package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.server.config.Unreadable;
import dev.millrace.web.text.JsonLine;
import dev.millrace.web.text.Ndjson;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code enqueue}. */
@Command(
        name = "enqueue",
        description = "Enqueue one job and print its id, or many from a file and print the counts.",
        footer = {
            "",
            "A bulk file holds one JSON object a line: {\"kind\", \"payload\"?, \"queue\"?,"
                    + " \"priority\"?, \"delay\"? or \"runAt\"?, \"maxAttempts\"?, \"tags\"?}.",
            "Good lines are accepted, bad ones named on standard error; exit 1 if there was one."
        })
final class EnqueueCommand implements Callable<Integer> {
    /** A payload that is larger is refused anyway. */
    private static final int MAX_READ = 2 << 20;

    private final Session session;

    @Parameters(index = "0", arity = "0..1", paramLabel = "KIND", description = "What to do.")
    private @Nullable String kind;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "JSON|-|@FILE",
            description = "With what: JSON, - for standard input, or a file. Default: {}")
    private @Nullable String payload;

    @Option(
            names = "--queue",
            paramLabel = "QUEUE",
            description = "Where it waits. Default: default")
    private @Nullable String queue;

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "0 (lowest) to 9 (highest). Default: 4")
    private @Nullable Integer priority;

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            description = "Not before this long from now, such as 10s; at most 365d.")
    private @Nullable Duration delay;

    @Option(
            names = "--run-at",
            paramLabel = "ISO",
            description = "Not before this moment, such as 2030-01-31T08:00:00Z.")
    private @Nullable Instant runAt;

    @Option(
            names = "--max-attempts",
            paramLabel = "N",
            description = "Attempts in all, 1 to 1000. Default: 10")
    private @Nullable Integer maxAttempts;

    @Option(names = "--tag", paramLabel = "TAG", description = "May be repeated, at most 20 times.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--bulk",
            paramLabel = "FILE|-",
            description = "A job a line; - for standard input.")
    private @Nullable String bulk;

    EnqueueCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (bulk != null) {
            requireNothingBesideBulk();
            return bulk(bulk);
        }
        if (kind == null) {
            throw MillraceException.invalid(
                    "enqueue must be given a KIND, or --bulk FILE, got neither; nothing was"
                            + " accepted");
        }
        if (delay != null && runAt != null) {
            throw MillraceException.invalid(
                    "--delay and --run-at exclude each other, got both; nothing was accepted");
        }
        var request = Task.named(kind, RawJson.class).with(new RawJson(payload()));
        return one(
                EnqueueOptions.apply(
                        request,
                        new EnqueueOptions.Wishes(
                                queue, priority, delay, runAt, maxAttempts, tags)));
    }

    private void requireNothingBesideBulk() {
        if (kind != null
                || queue != null
                || priority != null
                || delay != null
                || runAt != null
                || maxAttempts != null
                || !tags.isEmpty()) {
            throw MillraceException.invalid(
                    "--bulk takes kind, payload and options from each line, got some on the"
                            + " command line too; nothing was accepted");
        }
    }

    private int one(JobRequest<RawJson> request) throws InterruptedException {
        try (var millrace = start()) {
            long id = millrace.enqueue(request).id();
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("id", id)
                                .with("kind", request.task().kind())
                                .with("queue", request.queue()));
            } else {
                session.out().println(id);
            }
        }
        return Exit.DONE;
    }

    private int bulk(String source) throws InterruptedException {
        try (InputStream in = open(source);
                var bar = session.bar();
                var millrace = start()) {
            var lines = new BulkLines(new Ndjson(in), source, session, bar);
            long began = System.nanoTime();
            long accepted = millrace.enqueueAll(lines.stream());
            double seconds = (System.nanoTime() - began) / 1e9;
            bar.clear();
            lines.sayUnnamed();
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("accepted", accepted)
                                .with("refused", lines.refused())
                                .with("seconds", Math.round(seconds * 1000) / 1000.0));
            } else {
                session.out()
                        .println(
                                "%d accepted, %d refused, in %.1f s (%.0f/s)"
                                        .formatted(
                                                accepted,
                                                lines.refused(),
                                                seconds,
                                                accepted / Math.max(seconds, 1e-3)));
            }
            return lines.refused() == 0 ? Exit.DONE : Exit.FAILED;
        } catch (IOException e) {
            throw Unreadable.refusal("--bulk", source, e);
        }
    }

    private Millrace start() {
        return Millrace.builder().clock(session.clock()).store(session.openStore()).start();
    }

    private InputStream open(String source) throws IOException {
        try {
            return source.equals("-") ? session.console().in() : Files.newInputStream(path(source));
        } catch (IOException e) {
            throw Unreadable.refusal("--bulk", source, e);
        }
    }

    private String payload() {
        if (payload == null) {
            return "{}";
        }
        if (!payload.equals("-") && !payload.startsWith("@")) {
            return payload;
        }
        String source = payload.equals("-") ? payload : payload.substring(1);
        try (InputStream in =
                source.equals("-") ? session.console().in() : Files.newInputStream(path(source))) {
            byte[] bytes = in.readNBytes(MAX_READ);
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw MillraceException.invalid(
                    "payload must be UTF-8, got other bytes in %s; nothing was accepted"
                            .formatted(source));
        } catch (IOException e) {
            throw Unreadable.refusal("payload", source, e);
        }
    }

    private static Path path(String source) {
        try {
            return Path.of(source);
        } catch (InvalidPathException e) {
            throw MillraceException.invalid(
                    "a file was expected, got '%s': %s".formatted(source, e.getReason()));
        }
    }
}
