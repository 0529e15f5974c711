package dev.millrace.queue;

import dev.millrace.job.Durability;
import dev.millrace.job.JobOptions;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobTerms;
import dev.millrace.job.Json;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.UniqueKey;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Turns a request into a job about to be accepted: payload to JSON, defaults filled, id given. */
final class Encoder {
    private final JobIds ids;
    private final Json json;
    private final Clock clock;
    private final int maxPayloadBytes;
    private final Map<String, Durability> durabilities;

    Encoder(
            JobIds ids,
            Json json,
            Clock clock,
            int maxPayloadBytes,
            Map<String, Durability> durabilities) {
        this.ids = ids;
        this.json = json;
        this.clock = clock;
        this.maxPayloadBytes = maxPayloadBytes;
        this.durabilities = Map.copyOf(durabilities);
    }

    /** An id for something that is no job. */
    long nextId() {
        return ids.next();
    }

    /** The time, as precisely as stores keep it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    NewJob encode(JobRequest<?> request) {
        String kind = request.task().kind();
        String payload =
                json.write("payload of kind '" + kind + "'", request.payload(), maxPayloadBytes);
        RetryPolicy own = request.retry();
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Instant runAt =
                switch (request.start()) {
                    case JobRequest.Start.Now n -> null;
                    case JobRequest.Start.After after -> now.plus(after.delay());
                    case JobRequest.Start.At at -> at.at().truncatedTo(ChronoUnit.MICROS);
                };
        JobOptions options = request.options();
        UniqueKey unique = options.unique();
        var terms =
                new JobTerms(
                        unique == null ? null : unique.key(),
                        expiresAt(options, now),
                        options.timeout(),
                        options.keys(),
                        0,
                        options.weight());
        var job =
                new NewJob(
                        ids.next(),
                        request.queue(),
                        kind,
                        request.task().version(),
                        request.priority(),
                        payload,
                        (own == null ? request.task().retry() : own).maxAttempts(),
                        own,
                        request.tags(),
                        now,
                        runAt,
                        terms,
                        List.of(),
                        durability(request));
        return unique == null && options.idempotencyKey() == null
                ? job
                : job.holding(holds(request, job));
    }

    private Durability durability(JobRequest<?> request) {
        Durability said = request.options().durability();
        return said == null ? durabilities.getOrDefault(request.queue(), Durability.DISK) : said;
    }

    private static @Nullable Instant expiresAt(JobOptions options, Instant now) {
        return switch (options.expiry()) {
            case JobOptions.Expiry.After after -> now.plus(after.ttl());
            case JobOptions.Expiry.At at -> at.at().truncatedTo(ChronoUnit.MICROS);
            case null -> null;
        };
    }

    private static List<KeyHold> holds(JobRequest<?> request, NewJob job) {
        var holds = new ArrayList<KeyHold>(2);
        JobOptions options = request.options();
        if (options.idempotencyKey() != null) {
            holds.add(
                    new KeyHold(
                            KeyHold.Scope.IDEMPOTENCY,
                            options.idempotencyKey(),
                            job.createdAt().plus(JobOptions.IDEMPOTENCY_WINDOW),
                            UniqueKey.OnConflict.KEEP,
                            Fingerprint.of(request, job)));
        }
        UniqueKey unique = options.unique();
        if (unique != null) {
            Duration window = unique.window();
            holds.add(
                    new KeyHold(
                            KeyHold.Scope.UNIQUE,
                            unique.key(),
                            window == null ? null : job.createdAt().plus(window),
                            unique.onConflict(),
                            ""));
        }
        return holds;
    }
}
