package dev.millrace.web.job;

import static dev.millrace.web.schema.Member.may;
import static dev.millrace.web.schema.Member.must;

import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.millrace.job.Durability;
import dev.millrace.job.JobOptions;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Near;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.InputCoercionException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A job as programs write it: {@code {"kind": …, "payload": …, "queue": …, …}}, the same over HTTP
 * and in a bulk file. The payload is kept as it is written, so that numbers keep every digit. What
 * may be said besides kind and payload is one line each in {@code OPTIONS}.
 *
 * <p>Strict: unknown members, members given twice (in the payload too), values of another type and
 * text after the object are refused, all faults of a well-formed object together.
 */
public final class JobBody {
    /** The largest payload, in bytes of JSON. */
    public static final int MAX_PAYLOAD_BYTES = 1 << 20;

    /** What is read of a copy. */
    public static final Schema CHANGES =
            Schema.input(
                    "JobChanges",
                    "What a copy of a job has different.",
                    may(
                            "payload",
                            Schema.any(),
                            "Any JSON, at most 1 MiB; what is shown of the original as hidden is"
                                    + " taken from it."),
                    may("queue", Schema.name200(), "Where it waits."),
                    may("priority", Schema.whole(0, 9), "From 0, the lowest, to 9."),
                    may("delay", Schema.duration(), "How long from now; not with runAt."),
                    may("runAt", Schema.moment(), "From when on it may run; not with delay."),
                    may("maxAttempts", Schema.whole(1, 1000), "Then it is set aside."),
                    may("tags", Schema.list(Schema.name200()), "All of its tags."),
                    may("ttl", Schema.duration(), "Worthless unless started; not with expiresAt."),
                    may("expiresAt", Schema.moment(), "Worthless unless started; not with ttl."),
                    may("keys", Schema.map(Schema.text()), "All of its keys."),
                    may("timeout", Schema.duration(), "The longest one attempt may take."),
                    may(
                            "durability",
                            Schema.oneOf(
                                    Arrays.stream(Durability.values())
                                            .map(Durability::text)
                                            .toList()),
                            "What the receipt is to be worth."));

    /** What is read. */
    public static final Schema SHAPE =
            Schema.input(
                    "NewJob",
                    "A job to be accepted.",
                    must("kind", Schema.name200(), "What it does."),
                    may("payload", Schema.any(), "Any JSON, at most 1 MiB; kept as written."),
                    may("queue", Schema.name200(), "Where it waits."),
                    may("priority", Schema.whole(0, 9), "From 0, the lowest, to 9."),
                    may("delay", Schema.duration(), "How long from now; not with runAt."),
                    may("runAt", Schema.moment(), "From when on it may run; not with delay."),
                    may("maxAttempts", Schema.whole(1, 1000), "Then it is set aside."),
                    may("tags", Schema.list(Schema.name200()), "By which it is found."),
                    may("ttl", Schema.duration(), "Worthless unless started; not with expiresAt."),
                    may("expiresAt", Schema.moment(), "Worthless unless started; not with ttl."),
                    may("unique", UniqueValue.SHAPE, "One live job at a time holds such a key."),
                    may("keys", Schema.map(Schema.text()), "By which limits count."),
                    may("weight", Schema.whole(1, 1000), "As how many limits count it."),
                    may("timeout", Schema.duration(), "The longest one attempt may take."),
                    may(
                            "durability",
                            Schema.oneOf(
                                    Arrays.stream(Durability.values())
                                            .map(Durability::text)
                                            .toList()),
                            "What the receipt is to be worth."),
                    may(
                            "idempotencyKey",
                            Schema.name200(),
                            "As the header Idempotency-Key, for lines of a bulk."));

    /** The members besides kind and payload, with what each does to a request. */
    private static final List<Member> OPTIONS =
            List.of(
                    Member.of("queue", Value.TEXT, JobRequest::queue),
                    Member.of("priority", Value.WHOLE, JobRequest::priority),
                    Member.of("delay", Value.DURATION, JobRequest::delay),
                    Member.of("runAt", Value.MOMENT, JobRequest::runAt),
                    Member.of("maxAttempts", Value.WHOLE, JobRequest::maxAttempts),
                    Member.of("tags", Value.TEXTS, JobBody::tags),
                    Member.of("ttl", Value.DURATION, JobRequest::ttl),
                    Member.of("expiresAt", Value.MOMENT, JobRequest::expiresAt),
                    Member.of("unique", Value.UNIQUE, JobRequest::unique),
                    Member.of("keys", Value.NAMED_TEXTS, JobBody::keys),
                    Member.of("weight", Value.WHOLE, JobRequest::weight),
                    Member.of("timeout", Value.DURATION, JobRequest::timeout),
                    Member.of("durability", Value.DURABILITY, JobRequest::durability),
                    Member.of("idempotencyKey", Value.TEXT, JobRequest::idempotencyKey));

    /** Members that contradict each other. */
    private static final List<List<String>> EXCLUSIVE =
            List.of(List.of("delay", "runAt"), List.of("ttl", "expiresAt"));

    /** Everything a job may say, kind and payload first. */
    private static final List<String> MEMBERS =
            Stream.concat(Stream.of("kind", "payload"), OPTIONS.stream().map(Member::name))
                    .toList();

    private static final Map<String, Member> BY_NAME =
            OPTIONS.stream().collect(toUnmodifiableMap(Member::name, member -> member));

    /**
     * One thing that may be said of a job.
     *
     * @param name of the member
     * @param read reads its value and answers what that does to a request
     */
    private record Member(String name, Reading read) {
        static <T> Member of(
                String name,
                Value<T> value,
                BiFunction<JobRequest<RawJson>, T, JobRequest<RawJson>> effect) {
            return new Member(
                    name,
                    parser -> {
                        T read = value.read(name, parser);
                        return request -> effect.apply(request, read);
                    });
        }
    }

    private interface Reading {
        UnaryOperator<JobRequest<RawJson>> from(JsonParser parser);
    }

    private final String what;
    private final String text;
    private final List<InvalidJob.Fault> faults = new ArrayList<>();
    private final Map<String, UnaryOperator<JobRequest<RawJson>>> effects = new LinkedHashMap<>();
    private Optional<String> kind = Optional.empty();
    private String payload = "{}";

    private JobBody(String what, String text) {
        this.what = what;
        this.text = text;
    }

    /**
     * Reads a job. Cost: one pass over the text.
     *
     * @param what what the text is, used in the refusal: {@code "a line"}, {@code "the body"}
     * @throws InvalidJob naming every fault
     */
    public static JobRequest<RawJson> read(String what, String text) {
        var body = new JobBody(what, text);
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), text)) {
            body.read(parser);
        } catch (JacksonException e) {
            throw StrictJson.malformed(what, "one JSON object", e);
        }
        return body.request();
    }

    /**
     * Reads what a copy of a job has different: {@code tags} and {@code keys} in place of the
     * original's, all else as of a new one, but for {@code kind}, {@code unique} and {@code
     * idempotencyKey}, which a copy is not told.
     *
     * @param original the request that the copy is made of
     * @param hidden what the copy has of what is hidden of the original
     * @throws InvalidJob naming every fault
     */
    public static JobRequest<RawJson> change(
            String what, String text, JobRequest<RawJson> original, HiddenBack hidden) {
        var body = new JobBody(what, text);
        body.payload = "";
        try (var parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), text)) {
            body.read(parser);
        } catch (JacksonException e) {
            throw StrictJson.malformed(what, "one JSON object", e);
        }
        return body.changed(original, hidden);
    }

    private JobRequest<RawJson> changed(JobRequest<RawJson> original, HiddenBack hidden) {
        if (kind.isPresent()) {
            fault("kind", "a copy does what its original does; 'kind' cannot be said");
        }
        for (String name : List.of("unique", "idempotencyKey")) {
            if (effects.containsKey(name)) {
                fault(name, "a copy holds no key; '%s' cannot be said".formatted(name));
            }
        }
        var options = original.options();
        // first, since what becomes of it decides whether the rest may come along
        RawJson itsPayload =
                payload.isEmpty()
                        ? original.payload()
                        : attempt("payload", () -> new RawJson(hidden.payload(payload)))
                                .orElse(original.payload());
        List<String> itsTags =
                effects.containsKey("tags")
                        ? List.of()
                        : attempt("tags", () -> hidden.tags(original.tags())).orElse(List.of());
        Map<String, String> itsKeys =
                effects.containsKey("keys")
                        ? Map.of()
                        : attempt("keys", () -> hidden.keys(options.keys())).orElse(Map.of());
        var base =
                new JobRequest<>(
                        original.task(),
                        itsPayload,
                        original.queue(),
                        original.priority(),
                        original.start(),
                        original.retry(),
                        itsTags,
                        new JobOptions(
                                options.unique(),
                                options.idempotencyKey(),
                                options.expiry(),
                                options.timeout(),
                                itsKeys,
                                options.weight(),
                                options.durability()));
        JobRequest<RawJson> changed = applied(base);
        // the waits between attempts stay those of the worker's task
        return original.retry() == null && changed.retry() != null
                ? new JobRequest<>(
                        changed.task().retry(changed.retry()),
                        changed.payload(),
                        changed.queue(),
                        changed.priority(),
                        changed.start(),
                        null,
                        changed.tags(),
                        changed.options())
                : changed;
    }

    private void read(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new InvalidJob(
                    InvalidJob.Fault.of(
                            "",
                            "%s must be one JSON object, got %s"
                                    .formatted(what, StrictJson.name(parser.currentToken()))));
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            member(name, parser);
        }
        if (parser.nextToken() != null) {
            fault("", "%s must be one JSON object, got more after it".formatted(what));
        }
    }

    private void member(String name, JsonParser parser) {
        try {
            switch (name) {
                case "kind" -> kind = Optional.of(Value.TEXT.read(name, parser));
                case "payload" -> payload = bounded(verbatim(parser));
                default -> option(name, parser);
            }
        } catch (InvalidJob e) {
            throw e;
        } catch (InputCoercionException e) {
            fault(name, "'%s' must be a whole number of 32 bits, got more".formatted(name));
        } catch (MillraceException e) {
            fault(name, String.valueOf(e.getMessage()));
            parser.skipChildren();
        }
    }

    private void option(String name, JsonParser parser) {
        Member member = BY_NAME.get(name);
        if (member == null) {
            throw MillraceException.invalid(unknown(name));
        }
        effects.put(name, member.read().from(parser));
    }

    private static String unknown(String name) {
        return "unknown member '%s'; %s"
                .formatted(
                        StrictJson.shortened(name),
                        Near.to(name, MEMBERS)
                                .map(near -> "did you mean '" + near + "'?")
                                .orElse("there are " + String.join(", ", MEMBERS)));
    }

    /** The text of the value at hand, character by character, so that numbers keep every digit. */
    private String verbatim(JsonParser parser) {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            // reads the string to its end
            parser.getStringLength();
        }
        parser.skipChildren();
        int end = (int) parser.currentLocation().getCharOffset();
        return text.substring(start, end).strip();
    }

    private static String bounded(String payload) {
        long bytes = 0;
        for (int i = 0; i < payload.length() && payload.length() > MAX_PAYLOAD_BYTES / 3; i++) {
            char c = payload.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        if (bytes > MAX_PAYLOAD_BYTES) {
            throw new InvalidJob(
                    List.of(
                            InvalidJob.Fault.of(
                                    "payload",
                                    "payload must be at most %d bytes of JSON, got %d"
                                            .formatted(MAX_PAYLOAD_BYTES, bytes))),
                    true);
        }
        return payload;
    }

    private static JobRequest<RawJson> tags(JobRequest<RawJson> plain, List<String> tags) {
        var request = plain;
        for (String tag : tags) {
            request = request.tag(tag);
        }
        return request;
    }

    private static JobRequest<RawJson> keys(JobRequest<RawJson> plain, Map<String, String> keys) {
        var request = plain;
        for (var key : keys.entrySet()) {
            request = request.key(key.getKey(), key.getValue());
        }
        return request;
    }

    private JobRequest<RawJson> request() {
        if (kind.isEmpty() && faults.stream().noneMatch(each -> each.member().equals("kind"))) {
            fault("kind", "member 'kind' is missing");
        }
        return applied(
                attempt("kind", () -> Task.named(kind.orElse("none"), RawJson.class))
                        .orElse(Task.named("none", RawJson.class))
                        .with(new RawJson(payload)));
    }

    private JobRequest<RawJson> applied(JobRequest<RawJson> base) {
        for (List<String> names : EXCLUSIVE) {
            if (effects.keySet().containsAll(names)) {
                fault(
                        names.getFirst(),
                        "'%s' exclude each other, got both"
                                .formatted(String.join("' and '", names)));
            }
        }
        JobRequest<RawJson> request = base;
        for (var effect : effects.entrySet()) {
            JobRequest<RawJson> before = request;
            request =
                    attempt(effect.getKey(), () -> effect.getValue().apply(before)).orElse(before);
        }
        if (!faults.isEmpty()) {
            throw new InvalidJob(faults);
        }
        return request;
    }

    private <T> Optional<T> attempt(String member, Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (MillraceException e) {
            fault(member, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private void fault(String member, String detail) {
        if (faults.size() < InvalidJob.MAX_FAULTS) {
            faults.add(InvalidJob.Fault.of(StrictJson.shortened(member), detail));
        }
    }
}
