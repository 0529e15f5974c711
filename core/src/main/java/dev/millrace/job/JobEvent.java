package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * An attempt that ended in this process and was recorded.
 *
 * @param jobId the job
 * @param kind what it does
 * @param queue where it waited
 * @param attempt the attempt that ended
 * @param end how
 * @param startedAt when the handler was called
 * @param endedAt when it ended
 * @param error why it did not complete, if it did not
 * @param isOver whether the job has come to rest: it ended or was discarded
 */
public record JobEvent(
        long jobId,
        String kind,
        String queue,
        int attempt,
        Attempt.End end,
        Instant startedAt,
        Instant endedAt,
        @Nullable ErrorInfo error,
        boolean isOver) {}
