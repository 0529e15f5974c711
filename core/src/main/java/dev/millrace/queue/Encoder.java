package dev.millrace.queue;

import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.NewJob;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Turns a request into a job about to be accepted: payload to JSON, defaults filled, id given. */
final class Encoder {
    private final JobIds ids;
    private final Json json;
    private final Clock clock;
    private final int maxPayloadBytes;

    Encoder(JobIds ids, Json json, Clock clock, int maxPayloadBytes) {
        this.ids = ids;
        this.json = json;
        this.clock = clock;
        this.maxPayloadBytes = maxPayloadBytes;
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
        return new NewJob(
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
                runAt);
    }
}
