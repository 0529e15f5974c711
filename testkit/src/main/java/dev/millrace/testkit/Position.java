package dev.millrace.testkit;

import dev.millrace.job.JobState;

/**
 * One position row as it stands in a database.
 *
 * @param jobId whose it is
 * @param state which table, or part of one, it stands in: scheduled, available, running, discarded
 * @param attempt the attempt under way or next; for a discarded job the last one
 * @param workerId the worker of a running row, 0 otherwise
 * @param claimId the claim of a running row, 0 otherwise
 */
public record Position(long jobId, JobState.Name state, int attempt, long workerId, long claimId) {}
