package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.job.UniqueKey;
import dev.millrace.queue.JobHandle;
import dev.millrace.queue.StreamReceipt;
import dev.millrace.server.config.Unreadable;
import dev.millrace.web.text.JsonLine;
import dev.millrace.web.text.Ndjson;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
import java.util.concurrent.Callable;

/** {@code enqueue}. */
@Command(
        name = "enqueue",
        description = "Enqueue one job and print its id, or many from a file and print the counts.",
        footer = {
            "",
            "A bulk file holds one JSON object a line: {\"kind\", \"payload\"?, \"queue\"?,"
                    + " \"priority\"?, \"delay\"? or \"runAt\"?, \"ttl\"? or \"expiresAt\"?,"
                    + " \"unique\"?, \"keys\"?, \"maxAttempts\"?, \"timeout\"?, \"durability\"?,"
                    + " \"idempotencyKey\"?, \"tags\"?}.",
            "\"unique\" is a key or {\"key\", \"window\"?, \"onConflict\"?}; \"keys\" is {NAME:"
                    + " VALUE}.",
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

    @Mixin private EnqueueOptions options = new EnqueueOptions();

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
        return one(options.apply(Task.named(kind, RawJson.class).with(new RawJson(payload()))));
    }

    private void requireNothingBesideBulk() {
        if (kind != null || !options.isEmpty()) {
            throw MillraceException.invalid(
                    "--bulk takes kind, payload and options from each line, got some on the"
                            + " command line too; nothing was accepted");
        }
    }

    private int one(JobRequest<RawJson> request) throws InterruptedException {
        try (var millrace = start()) {
            JobHandle job = millrace.enqueue(request);
            if (session.json()) {
                session.print(json(millrace, request, job));
            } else {
                session.out().println(job.id() + remark(request, job));
            }
        }
        return Exit.DONE;
    }

    private JsonLine json(Millrace millrace, JobRequest<RawJson> request, JobHandle job) {
        var line = new JsonLine().with("id", job.id());
        if (job.isDuplicate()) {
            return line.with("duplicate", true);
        }
        line.with("kind", request.task().kind()).with("queue", request.queue());
        if (job.isReplacement()) {
            line.with("replaced", true);
        }
        if (options.durability() != null) {
            var guarantee = millrace.store().info().guarantees().get(options.durability());
            line.withKnown("durability", guarantee == null ? null : guarantee.reached().text());
        }
        return line;
    }

    private static String remark(JobRequest<RawJson> request, JobHandle job) {
        UniqueKey unique = request.options().unique();
        if (job.isReplacement()) {
            return " (in the place of a waiting job)";
        }
        if (!job.isDuplicate()) {
            return "";
        }
        if (request.options().idempotencyKey() != null) {
            return unique == null ? " (duplicate of an earlier request)" : " (duplicate)";
        }
        return unique == null || unique.window() == null
                ? " (duplicate of a live job)"
                : " (duplicate of a job within the window)";
    }

    private int bulk(String source) throws InterruptedException {
        try (InputStream in = open(source);
                var bar = session.bar();
                var millrace = start()) {
            var lines = new BulkLines(new Ndjson(in), source, session, bar);
            long began = System.nanoTime();
            StreamReceipt receipt = millrace.enqueueAll(lines.stream(), lines::refused);
            double seconds = (System.nanoTime() - began) / 1e9;
            bar.clear();
            lines.sayUnnamed();
            if (session.json()) {
                session.print(
                        new JsonLine()
                                .with("accepted", receipt.accepted())
                                .with("duplicates", receipt.duplicates())
                                .with("rejected", lines.rejected())
                                .with("seconds", Math.round(seconds * 1000) / 1000.0));
            } else {
                session.out()
                        .println(
                                "%d accepted, %d duplicates, %d rejected, in %.1f s (%.0f/s)"
                                        .formatted(
                                                receipt.accepted(),
                                                receipt.duplicates(),
                                                lines.rejected(),
                                                seconds,
                                                receipt.accepted() / Math.max(seconds, 1e-3)));
            }
            return lines.rejected() == 0 ? Exit.DONE : Exit.FAILED;
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
