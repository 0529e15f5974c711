package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.MillraceException;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.Dst;
import dev.millrace.schedule.Misfire;
import dev.millrace.schedule.Overlap;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.When;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Moments;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.io.JsonStringEncoder;

import java.io.StringWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A schedule as programs write it: {@code {"name": …, "when": {"type": "cron", "cron": …, "zone":
 * …}, "kind": …, "payload": …}}: its own members, and those of the jobs that it makes, as {@link
 * JobBody} reads them.
 */
public final class ScheduleBody {
    private static final Schema WHEN =
            Schema.input(
                    "NewWhen",
                    "When a schedule ticks.",
                    may(
                            "type",
                            Schema.oneOf("cron", "every", "after-completion", "once"),
                            "Told by the other members where it is left out."),
                    may("cron", Schema.text(), "Five fields, six with seconds first, or a macro."),
                    may("zone", Schema.text(), "By the clocks of which place; UTC by default."),
                    may(
                            "gap",
                            Schema.oneOf("skip", "run-after"),
                            "What becomes of local times that do not exist; by default run-after,"
                                    + " and skip for expressions of every hour."),
                    may(
                            "twice",
                            Schema.oneOf("once", "twice"),
                            "What becomes of local times that come twice; by default once, and"
                                    + " twice for expressions of every hour."),
                    may("every", Schema.duration(), "From tick to tick, at least 1s."),
                    may("rest", Schema.duration(), "From the end of a run to the next tick."),
                    may("jitter", Schema.duration(), "A random part of it is added to each rest."),
                    may("at", Schema.moment(), "The one moment, to come."));

    /** What is read. */
    public static final Schema SHAPE =
            Schema.input(
                    "NewSchedule",
                    "A schedule to be made, and what jobs it makes.",
                    must("name", Schema.name200(), "At most 180 characters."),
                    must("when", WHEN, "When it ticks."),
                    may(
                            "misfire",
                            Schema.oneOf("skip", "run-once", "catch-up"),
                            "What becomes of ticks that nobody was there to enqueue; run-once by"
                                    + " default."),
                    may("window", Schema.duration(), "How far back to catch up; 1h by default."),
                    may(
                            "overlap",
                            Schema.oneOf("allow", "skip", "queue-one", "cancel-previous"),
                            "What a tick does while the job before has not ended; allow by"
                                    + " default."),
                    may("start", Schema.moment(), "No tick before it."),
                    may("end", Schema.moment(), "No tick after it."),
                    must("kind", Schema.name200(), "Of its jobs."),
                    may("payload", Schema.any(), "Of its jobs, at most 64 KiB."),
                    may("queue", Schema.name200(), "Of its jobs."),
                    may("priority", Schema.whole(0, 9), "Of its jobs."),
                    may("maxAttempts", Schema.whole(1, 1000), "Of its jobs."),
                    may("tags", Schema.list(Schema.name200()), "Of its jobs, at most 18."),
                    may("ttl", Schema.duration(), "Of its jobs."),
                    may("timeout", Schema.duration(), "Of each attempt of its jobs."),
                    may("keys", Schema.map(Schema.name200()), "Of its jobs."),
                    may(
                            "durability",
                            Schema.oneOf("disk", "os", "memory"),
                            "What is accepted of its jobs; a tick is on disk anyway."));

    private static final List<String> OWN =
            List.of("name", "when", "misfire", "window", "overlap", "start", "end");

    private final Map<String, String> own = new LinkedHashMap<>();
    private final Map<String, String> jobs = new LinkedHashMap<>();

    private ScheduleBody() {}

    /**
     * Reads a schedule.
     *
     * @throws InvalidJob naming what is wrong
     */
    public static Schedules.Wanted read(String text) {
        var body = new ScheduleBody();
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), text)) {
            body.read(parser);
        } catch (JacksonException e) {
            throw StrictJson.malformed("the body", "one JSON object", e);
        }
        return body.wanted();
    }

    private void read(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw fault("", "the body must be one JSON object");
        }
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            var value = new StringWriter();
            try (var copy = StrictJson.FACTORY.createGenerator(ObjectWriteContext.empty(), value)) {
                copy.copyCurrentStructureExact(parser);
            }
            (OWN.contains(name) ? own : jobs).put(name, value.toString());
        }
        if (parser.nextToken() != null) {
            throw fault("", "the body must be one JSON object, got more after it");
        }
    }

    private Schedules.Wanted wanted() {
        var request = JobBody.read("the body", object(jobs));
        var body = ObjectBody.read("the body", object(own), OWN.toArray(new String[0]));
        String name = body.text("name");
        if (name == null) {
            throw fault("name", "member 'name' is missing");
        }
        if (!body.says("when")) {
            throw fault("when", "member 'when' is missing");
        }
        When when = reading("when", () -> when(body));
        return reading(
                "",
                () -> {
                    var schedule =
                            Schedule.of(when)
                                    .misfire(misfire(body))
                                    .startingAt(moment(body, "start"))
                                    .endingAt(moment(body, "end"));
                    String overlap = body.text("overlap");
                    if (overlap != null) {
                        schedule = schedule.overlap(word(Overlap.values(), "overlap", overlap));
                    }
                    return new Schedules.Wanted(name, schedule, request);
                });
    }

    private static String object(Map<String, String> members) {
        return members.entrySet().stream()
                .map(member -> "\"" + escaped(member.getKey()) + "\":" + member.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String escaped(String name) {
        return String.valueOf(JsonStringEncoder.getInstance().quoteAsCharArray(name));
    }

    private static When when(ObjectBody body) {
        var when =
                body.object(
                        "when", "type", "cron", "zone", "gap", "twice", "every", "rest", "jitter",
                        "at");
        String type = when.text("type");
        if (type == null) {
            type =
                    when.says("cron")
                            ? "cron"
                            : when.says("every")
                                    ? "every"
                                    : when.says("rest") ? "after-completion" : "once";
        }
        return switch (type) {
            case "cron" -> cron(when);
            case "every" -> When.every(duration(when, "every"));
            case "after-completion" ->
                    When.afterCompletion(
                            duration(when, "rest"),
                            when.says("jitter") ? duration(when, "jitter") : Duration.ZERO);
            case "once" -> {
                Instant at = moment(when, "at");
                if (at == null) {
                    throw MillraceException.invalid(
                            "one of 'cron', 'every', 'rest' and 'at' must be said");
                }
                yield When.at(at);
            }
            default ->
                    throw MillraceException.invalid(
                            "'type' must be cron, every, after-completion or once, got '%s'"
                                    .formatted(StrictJson.shortened(type)));
        };
    }

    private static Cron cron(ObjectBody when) {
        String expression = when.text("cron");
        if (expression == null) {
            throw MillraceException.invalid("'cron' must be an expression, got nothing");
        }
        String zoneName = when.text("zone");
        ZoneId zone;
        try {
            zone = ZoneId.of(zoneName == null ? "UTC" : zoneName);
        } catch (DateTimeException e) {
            throw MillraceException.invalid(
                    "'zone' must be a time zone such as Europe/Paris, got '%s'"
                            .formatted(StrictJson.shortened(String.valueOf(zoneName))));
        }
        var standard = Cron.of(expression, zone);
        String gap = when.text("gap");
        String twice = when.text("twice");
        return Cron.of(
                expression,
                zone,
                new Dst(
                        gap == null ? standard.dst().gap() : word(Dst.Gap.values(), "gap", gap),
                        twice == null
                                ? standard.dst().overlap()
                                : word(Dst.Overlap.values(), "twice", twice)));
    }

    private static Misfire misfire(ObjectBody body) {
        String rule = body.text("misfire");
        if (body.says("window") && !"catch-up".equals(rule)) {
            throw MillraceException.invalid("'window' belongs to the misfire catch-up");
        }
        return switch (rule) {
            case null -> Misfire.runOnce();
            case "run-once" -> Misfire.runOnce();
            case "skip" -> Misfire.skip();
            case "catch-up" ->
                    Misfire.catchUp(
                            body.says("window") ? duration(body, "window") : Duration.ofHours(1));
            default ->
                    throw MillraceException.invalid(
                            "'misfire' must be skip, run-once or catch-up, got '%s'"
                                    .formatted(StrictJson.shortened(rule)));
        };
    }

    private static <E extends Enum<E>> E word(E[] values, String member, String text) {
        Function<E, String> word = each -> each.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return Stream.of(values)
                .filter(each -> word.apply(each).equals(text))
                .findFirst()
                .orElseThrow(() ->
                        MillraceException.invalid(
                                "'%s' must be one of %s, got '%s'"
                                        .formatted(
                                                member,
                                                Stream.of(values)
                                                        .map(word)
                                                        .collect(Collectors.joining(", ")),
                                                StrictJson.shortened(text))));
    }

    private static Duration duration(ObjectBody body, String name) {
        String text = body.text(name);
        if (text == null) {
            throw MillraceException.invalid(
                    "'%s' must be a duration such as 10m, got nothing".formatted(name));
        }
        return Durations.parse(text);
    }

    private static @Nullable Instant moment(ObjectBody body, String name) {
        String text = body.text(name);
        return text == null ? null : Moments.parse(text);
    }

    /** Reads something, whose refusal names the member. */
    private interface Reading<T> {
        T read();
    }

    private static <T> T reading(String member, Reading<T> reading) {
        try {
            return reading.read();
        } catch (InvalidJob e) {
            throw e;
        } catch (MillraceException e) {
            throw fault(member, String.valueOf(e.getMessage()));
        }
    }

    private static InvalidJob fault(String member, String detail) {
        return new InvalidJob(InvalidJob.Fault.of(member, detail));
    }
}
