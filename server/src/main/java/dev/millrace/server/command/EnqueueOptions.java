package dev.millrace.server.command;

import dev.millrace.job.JobRequest;
import dev.millrace.job.RawJson;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What may be said of a job besides its kind and payload, here and in bulk files alike. */
final class EnqueueOptions {
    private EnqueueOptions() {}

    /** What was said; {@code null} leaves the default. */
    record Wishes(
            @Nullable String queue,
            @Nullable Integer priority,
            @Nullable Duration delay,
            @Nullable Instant runAt,
            @Nullable Integer maxAttempts,
            List<String> tags) {}

    /** The request with the wishes; refuses those out of bounds. */
    static JobRequest<RawJson> apply(JobRequest<RawJson> plain, Wishes wishes) {
        var request = plain;
        if (wishes.queue() != null) {
            request = request.queue(wishes.queue());
        }
        if (wishes.priority() != null) {
            request = request.priority(wishes.priority());
        }
        if (wishes.delay() != null) {
            request = request.delay(wishes.delay());
        }
        if (wishes.runAt() != null) {
            request = request.runAt(wishes.runAt());
        }
        if (wishes.maxAttempts() != null) {
            request = request.maxAttempts(wishes.maxAttempts());
        }
        for (String tag : wishes.tags()) {
            request = request.tag(tag);
        }
        return request;
    }
}
