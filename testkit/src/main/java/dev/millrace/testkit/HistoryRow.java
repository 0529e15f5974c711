package dev.millrace.testkit;

import dev.millrace.job.Attempt;

import java.time.Instant;

/**
 * One history row as it stands in a database.
 *
 * @param jobId whose it is
 * @param attempt the attempt that ended
 * @param claimId the claim it ran in
 * @param end how it ended
 * @param workerId the worker that ran it
 * @param startedAt when it started, or was claimed when that is all that is known
 * @param endedAt when it ended
 */
public record HistoryRow(
        long jobId,
        int attempt,
        long claimId,
        Attempt.End end,
        long workerId,
        Instant startedAt,
        Instant endedAt) {}
