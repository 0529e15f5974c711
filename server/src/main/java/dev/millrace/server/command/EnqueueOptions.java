package dev.millrace.server.command;

import dev.millrace.job.Durability;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.UniqueKey;
import dev.millrace.job.UniqueKey.OnConflict;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** What may be said of a job besides its kind and payload. */
final class EnqueueOptions {
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
            names = "--ttl",
            paramLabel = "TIME",
            description = "It expires unless it has started this long from now.")
    private @Nullable Duration ttl;

    @Option(
            names = "--expires-at",
            paramLabel = "ISO",
            description = "It expires unless it has started by this moment.")
    private @Nullable Instant expiresAt;

    @Option(
            names = "--unique",
            paramLabel = "KEY",
            description = "At most one live job for this key.")
    private @Nullable String unique;

    @Option(
            names = "--unique-window",
            paramLabel = "TIME",
            description = "The job holds its --unique key for this long, not only while it lives.")
    private @Nullable Duration uniqueWindow;

    @Option(
            names = "--on-conflict",
            paramLabel = "ANSWER",
            completionCandidates = Conflicts.class,
            description = {
                "When another job holds the --unique key: keep it, replace it while it waits, or"
                        + " debounce (replace it and start when this one says).",
                "Default: keep"
            })
    private @Nullable OnConflict onConflict;

    @Option(
            names = "--key",
            paramLabel = "NAME=VALUE",
            description = "A named key by which limits count; may be repeated, at most 5 times.")
    private List<NameValue> keys = new ArrayList<>();

    @Option(
            names = "--weight",
            paramLabel = "N",
            description = "As how many jobs limits and rates count it, 1 to 1000. Default: 1")
    private @Nullable Integer weight;

    @Option(
            names = "--max-attempts",
            paramLabel = "N",
            description = "Attempts in all, 1 to 1000. Default: 10")
    private @Nullable Integer maxAttempts;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "The longest one attempt may take. Default: what its worker says.")
    private @Nullable Duration timeout;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            completionCandidates = Levels.class,
            description = {
                "What the receipt is worth: disk, os (survives the process, not a power cut) or"
                        + " memory (given before the job is written).",
                "Default: disk"
            })
    private @Nullable Durability durability;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "The same request with this key is answered as the first was, for 24h.")
    private @Nullable String idempotencyKey;

    @Option(names = "--tag", paramLabel = "TAG", description = "May be repeated, at most 20 times.")
    private List<String> tags = new ArrayList<>();

    /** The words of {@code --on-conflict}. */
    static final class Conflicts implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(OnConflict.values()).map(OnConflict::text).iterator();
        }
    }

    /** The words of {@code --durability}. */
    static final class Levels implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Durability.values()).map(Durability::text).iterator();
        }
    }

    /** Whether nothing was said. */
    boolean isEmpty() {
        return tags.isEmpty()
                && keys.isEmpty()
                && Stream.of(
                                queue,
                                priority,
                                delay,
                                runAt,
                                ttl,
                                expiresAt,
                                unique,
                                uniqueWindow,
                                onConflict,
                                maxAttempts,
                                weight,
                                timeout,
                                durability,
                                idempotencyKey)
                        .allMatch(each -> each == null);
    }

    /** The level that was asked for by name. */
    @Nullable Durability durability() {
        return durability;
    }

    /** The request with what was said; refuses what is out of bounds. */
    JobRequest<RawJson> apply(JobRequest<RawJson> plain) {
        requireNoContradiction();
        var request = plain;
        request = with(request, queue, JobRequest::queue);
        request = with(request, priority, JobRequest::priority);
        request = with(request, delay, JobRequest::delay);
        request = with(request, runAt, JobRequest::runAt);
        request = with(request, ttl, JobRequest::ttl);
        request = with(request, expiresAt, JobRequest::expiresAt);
        request = with(request, uniqueKey(), JobRequest::unique);
        request = with(request, maxAttempts, JobRequest::maxAttempts);
        request = with(request, weight, JobRequest::weight);
        request = with(request, timeout, JobRequest::timeout);
        request = with(request, durability, JobRequest::durability);
        request = with(request, idempotencyKey, JobRequest::idempotencyKey);
        for (var key : NameValue.map("--key", keys, NameValue::value).entrySet()) {
            request = request.key(key.getKey(), key.getValue());
        }
        for (String tag : tags) {
            request = request.tag(tag);
        }
        return request;
    }

    private void requireNoContradiction() {
        exclude("--delay", delay, "--run-at", runAt);
        exclude("--ttl", ttl, "--expires-at", expiresAt);
        if (unique == null && (uniqueWindow != null || onConflict != null)) {
            throw MillraceException.invalid(
                    "%s says more about --unique KEY, got no key; nothing was accepted"
                            .formatted(uniqueWindow == null ? "--on-conflict" : "--unique-window"));
        }
    }

    private static void exclude(
            String one, @Nullable Object first, String other, @Nullable Object second) {
        if (first != null && second != null) {
            throw MillraceException.invalid(
                    "%s and %s exclude each other, got both; nothing was accepted"
                            .formatted(one, other));
        }
    }

    private @Nullable UniqueKey uniqueKey() {
        return unique == null
                ? null
                : new UniqueKey(
                        unique, uniqueWindow, onConflict == null ? OnConflict.KEEP : onConflict);
    }

    private static <T> JobRequest<RawJson> with(
            JobRequest<RawJson> request,
            @Nullable T value,
            BiFunction<JobRequest<RawJson>, T, JobRequest<RawJson>> effect) {
        return value == null ? request : effect.apply(request, value);
    }
}
