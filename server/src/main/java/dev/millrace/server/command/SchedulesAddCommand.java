package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.web.job.InvalidJob;
import dev.millrace.web.job.ScheduleBody;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** {@code schedules add}. */
@Command(
        name = "add",
        description = {
            "Make a schedule, or change one that was added before. Say one of --cron, --every,"
                    + " --rest and --at.",
            "Those that code declares are changed there."
        })
final class SchedulesAddCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "The schedule's name.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "KIND", description = "Of its jobs.")
    private String kind = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "JSON",
            description = "The payload of its jobs. Default: {}")
    private String payload = "{}";

    @Option(
            names = "--cron",
            paramLabel = "EXPRESSION",
            description = "Five fields, six with seconds first, or @daily and the like.")
    private @Nullable String cron;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "By the clocks of which place, such as Europe/Paris. Default: UTC")
    private @Nullable String zone;

    @Option(names = "--every", paramLabel = "TIME", description = "At a fixed rate, at least 1s.")
    private @Nullable String every;

    @Option(
            names = "--rest",
            paramLabel = "TIME",
            description = "Again when a run has ended, after so long.")
    private @Nullable String rest;

    @Option(
            names = "--jitter",
            paramLabel = "TIME",
            description = "A random part of it is added to each --rest.")
    private @Nullable String jitter;

    @Option(names = "--at", paramLabel = "ISO", description = "Once, at this moment.")
    private @Nullable String at;

    @Option(
            names = "--misfire",
            paramLabel = "RULE",
            description =
                    "Of ticks that nobody was there to enqueue: skip, run-once or catch-up."
                            + " Default: run-once")
    private @Nullable String misfire;

    @Option(
            names = "--window",
            paramLabel = "TIME",
            description = "How far back to catch up. Default: 1h")
    private @Nullable String window;

    @Option(
            names = "--overlap",
            paramLabel = "RULE",
            description =
                    "While the job before has not ended: allow, skip, queue-one or"
                            + " cancel-previous. Default: allow")
    private @Nullable String overlap;

    @Option(names = "--start", paramLabel = "ISO", description = "No tick before it.")
    private @Nullable Instant start;

    @Option(names = "--end", paramLabel = "ISO", description = "No tick after it.")
    private @Nullable Instant end;

    @Option(names = "--queue", paramLabel = "QUEUE", description = "Where its jobs wait.")
    private @Nullable String queue;

    @Option(names = "--priority", paramLabel = "N", description = "Of its jobs, 0 to 9.")
    private @Nullable Integer priority;

    @Option(names = "--max-attempts", paramLabel = "N", description = "Of its jobs.")
    private @Nullable Integer maxAttempts;

    @Option(names = "--timeout", paramLabel = "TIME", description = "Of each attempt.")
    private @Nullable Duration timeout;

    @Option(names = "--ttl", paramLabel = "TIME", description = "Of its jobs.")
    private @Nullable String ttl;

    @Option(names = "--tag", paramLabel = "TAG", description = "May be repeated, at most 18 times.")
    private List<String> tags = new ArrayList<>();

    SchedulesAddCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (Stream.of(cron, every, rest, at).filter(each -> each != null).count() != 1) {
            throw MillraceException.invalid(
                    "one of --cron, --every, --rest and --at must be said; nothing was scheduled");
        }
        var when =
                new JsonLine()
                        .withKnown("cron", cron)
                        .withKnown("zone", zone)
                        .withKnown("every", every)
                        .withKnown("rest", rest)
                        .withKnown("jitter", jitter)
                        .withKnown("at", at);
        var body =
                new JsonLine()
                        .with("name", name)
                        .with("when", when)
                        .withKnown("misfire", misfire)
                        .withKnown("window", window)
                        .withKnown("overlap", overlap)
                        .withKnown("start", start)
                        .withKnown("end", end)
                        .with("kind", kind)
                        .with("payload", new RawJson(payload))
                        .withKnown("queue", queue)
                        .withKnown("priority", priority)
                        .withKnown("maxAttempts", maxAttempts)
                        .withKnown("timeout", timeout == null ? null : timeout.toMillis() + "ms")
                        .withKnown("ttl", ttl)
                        .withKnown("tags", tags.isEmpty() ? null : tags);
        try (var millrace = ScheduleActs.open(session)) {
            var made = millrace.schedules().add(ScheduleBody.read(body.toString()));
            return ScheduleActs.print(session, millrace, made, 0);
        } catch (InvalidJob e) {
            throw MillraceException.invalid(e.getMessage() + "; nothing was scheduled");
        }
    }
}
