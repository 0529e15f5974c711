package dev.millrace.store;

/**
 * The fence: one job in one claim. Whatever a worker writes about a job names both and succeeds
 * only while that running row exists.
 *
 * @param jobId the job
 * @param claimId the claim that took it
 */
public record JobClaim(long jobId, long claimId) {}
