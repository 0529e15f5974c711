package dev.millrace.schedule;

import dev.millrace.job.JobRequest;
import dev.millrace.job.RawJson;

/**
 * What a schedule is.
 *
 * @param schedule when it ticks, and what happens when that does not go as planned
 * @param request what its ticks enqueue
 */
public record Definition(Schedule schedule, JobRequest<RawJson> request) {}
