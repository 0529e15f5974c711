package dev.millrace.web.http;

import dev.millrace.job.MillraceException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.UUID;

/** What a failure is to the client. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Duration STORE_BACK = Duration.ofSeconds(2);
    private static final Duration REPAIRED = Duration.ofSeconds(30);

    private Problems() {}

    static Problem of(Throwable failure) {
        return switch (failure) {
            case Refused refused -> refused.problem();
            case MillraceException e -> of(e);
            case InterruptedException e ->
                    Problem.of(503, "stopping", "the server is stopping; ask again")
                            .retryAfter(STORE_BACK);
            default -> internal(failure);
        };
    }

    private static Problem of(MillraceException e) {
        String detail = String.valueOf(e.getMessage());
        String code = e.code().text();
        return switch (e.code()) {
            case INVALID_INPUT -> Problem.of(400, code, detail);
            case STORE_UNAVAILABLE -> Problem.of(503, code, detail).retryAfter(STORE_BACK);
            case STORE_REFUSED, SCHEMA_MISMATCH ->
                    Problem.of(503, code, detail).retryAfter(REPAIRED);
            case CLOSED -> Problem.of(503, code, detail).retryAfter(STORE_BACK);
            case NOT_SUPPORTED -> Problem.of(501, code, detail);
            case WORKER_LOST, LEASE_LOST, STEPS_CHANGED, STEP_NOT_KEPT ->
                    Problem.of(409, code, detail);
            case IDEMPOTENCY_CONFLICT -> Problem.of(422, code, detail);
            case TOO_MANY_WORKERS -> Problem.of(429, code, detail).retryAfter(REPAIRED);
            case KEY_BUSY -> Problem.of(503, code, detail).retryAfter(STORE_BACK);
            case INVALID_CONFIGURATION -> internal(e);
        };
    }

    /** Of what nobody foresaw the client learns a name by which the log has it. */
    private static Problem internal(Throwable failure) {
        String name = UUID.randomUUID().toString().substring(0, 8);
        LOG.error("a request failed; its answer names {}", name, failure);
        return Problem.of(
                500,
                "internal",
                "something failed that should not; the server's log has it under " + name);
    }
}
