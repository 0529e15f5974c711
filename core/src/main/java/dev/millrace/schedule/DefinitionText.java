package dev.millrace.schedule;

import dev.millrace.job.Durability;
import dev.millrace.job.JobOptions;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The form in which stores keep a {@link Definition}: a JSON object, the same for equal ones, with
 * the payload as a string, so that it keeps every digit. The version of the declaration is kept
 * beside it.
 */
final class DefinitionText {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private DefinitionText() {}

    static String write(Definition definition) {
        ObjectNode text = JSON.createObjectNode();
        Schedule schedule = definition.schedule();
        text.set("when", when(schedule.when()));
        switch (schedule.misfire()) {
            case Misfire.Skip skip -> text.put("misfire", "skip");
            case Misfire.RunOnce once -> text.put("misfire", "run-once");
            case Misfire.CatchUp catchUp -> {
                text.put("misfire", "catch-up");
                text.put("window", catchUp.window().toString());
            }
        }
        text.put("overlap", name(schedule.overlap()));
        put(text, "start", schedule.start());
        put(text, "end", schedule.end());
        text.set("job", job(definition.request()));
        return text.toString();
    }

    private static ObjectNode when(When when) {
        ObjectNode text = JSON.createObjectNode();
        switch (when) {
            case Cron cron -> {
                text.put("type", "cron").put("cron", cron.expression());
                text.put("zone", cron.zone().getId());
                text.put("gap", name(cron.dst().gap())).put("twice", name(cron.dst().overlap()));
            }
            case When.Every every -> text.put("type", "every").put("every", every.distance() + "");
            case When.AfterCompletion after -> {
                text.put("type", "after-completion").put("rest", after.rest().toString());
                text.put("jitter", after.jitter().toString());
            }
            case When.Once once -> text.put("type", "once").put("at", once.at().toString());
        }
        return text;
    }

    private static ObjectNode job(JobRequest<RawJson> request) {
        ObjectNode text = JSON.createObjectNode();
        text.put("kind", request.task().kind()).put("version", request.task().version());
        text.put("queue", request.queue()).put("priority", request.priority());
        text.put("maxAttempts", request.task().retry().maxAttempts());
        RetryPolicy own = request.retry();
        if (own != null) {
            ObjectNode retry = text.putObject("retry");
            retry.put("maxAttempts", own.maxAttempts()).put("base", own.base().toString());
            retry.put("factor", own.factor()).put("cap", own.cap().toString());
            retry.put("jitter", own.jitter());
        }
        if (!request.tags().isEmpty()) {
            var tags = text.putArray("tags");
            request.tags().forEach(tags::add);
        }
        JobOptions options = request.options();
        if (options.expiry() instanceof JobOptions.Expiry.After after) {
            text.put("ttl", after.ttl().toString());
        }
        put(text, "timeout", options.timeout());
        if (!options.keys().isEmpty()) {
            ObjectNode keys = text.putObject("keys");
            new TreeMap<>(options.keys()).forEach(keys::put);
        }
        if (options.weight() != 1) {
            text.put("weight", options.weight());
        }
        put(text, "durability", options.durability() == null ? null : options.durability().text());
        text.put("payload", request.payload().text());
        return text;
    }

    private static void put(ObjectNode text, String name, @Nullable Object value) {
        if (value != null) {
            text.put(name, value.toString());
        }
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> E value(Class<E> type, String name) {
        return Enum.valueOf(type, name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /**
     * Reads the form that stores keep.
     *
     * @param version of the declaration
     * @throws MillraceException with {@code invalid-input} when it is not of that form, as one that
     *     a newer program wrote may be
     */
    static Definition read(String text, int version) {
        try {
            JsonNode node = JSON.readTree(text);
            var schedule =
                    new Schedule(
                            when(node.required("when")),
                            misfire(node),
                            value(Overlap.class, text(node, "overlap")),
                            moment(node, "start"),
                            moment(node, "end"),
                            version);
            return new Definition(schedule, job(node.required("job")));
        } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "a stored definition of a schedule must be one that this program knows, got: "
                            + e.getMessage(),
                    e);
        }
    }

    private static When when(JsonNode node) {
        String type = text(node, "type");
        return switch (type) {
            case "cron" ->
                    Cron.of(
                            text(node, "cron"),
                            ZoneId.of(text(node, "zone")),
                            new Dst(
                                    value(Dst.Gap.class, text(node, "gap")),
                                    value(Dst.Overlap.class, text(node, "twice"))));
            case "every" -> When.every(Duration.parse(text(node, "every")));
            case "after-completion" ->
                    When.afterCompletion(
                            Duration.parse(text(node, "rest")),
                            Duration.parse(text(node, "jitter")));
            case "once" -> When.at(Instant.parse(text(node, "at")));
            default -> throw new IllegalArgumentException("a schedule of type '" + type + "'");
        };
    }

    private static Misfire misfire(JsonNode node) {
        String rule = text(node, "misfire");
        return switch (rule) {
            case "skip" -> Misfire.skip();
            case "run-once" -> Misfire.runOnce();
            case "catch-up" -> Misfire.catchUp(Duration.parse(text(node, "window")));
            default -> throw new IllegalArgumentException("misfire '" + rule + "'");
        };
    }

    private static JobRequest<RawJson> job(JsonNode node) {
        var request =
                Task.named(text(node, "kind"), RawJson.class)
                        .version(node.required("version").asInt())
                        .retry(
                                RetryPolicy.standard()
                                        .attempts(node.required("maxAttempts").asInt()))
                        .with(new RawJson(text(node, "payload")))
                        .queue(text(node, "queue"))
                        .priority(node.required("priority").asInt());
        JsonNode retry = node.get("retry");
        if (retry != null) {
            request =
                    request.retry(
                            new RetryPolicy(
                                    retry.required("maxAttempts").asInt(),
                                    Duration.parse(text(retry, "base")),
                                    retry.required("factor").asDouble(),
                                    Duration.parse(text(retry, "cap")),
                                    retry.required("jitter").asBoolean()));
        }
        for (JsonNode tag : node.path("tags")) {
            request = request.tag(tag.asString());
        }
        if (node.has("ttl")) {
            request = request.ttl(Duration.parse(text(node, "ttl")));
        }
        if (node.has("timeout")) {
            request = request.timeout(Duration.parse(text(node, "timeout")));
        }
        for (var key : node.path("keys").properties()) {
            request = request.key(key.getKey(), key.getValue().asString());
        }
        if (node.has("weight")) {
            request = request.weight(node.path("weight").asInt());
        }
        if (node.has("durability")) {
            request = request.durability(Durability.of(text(node, "durability")));
        }
        return request;
    }

    private static String text(JsonNode node, String name) {
        return node.required(name).asString();
    }

    private static @Nullable Instant moment(JsonNode node, String name) {
        return node.has(name) ? Instant.parse(text(node, name)) : null;
    }
}
