/**
 * What work is: tasks, requests, states, outcomes, attempts and retry policies, as plain data.
 *
 * <p>Imports no other room of Millrace; every other room may import this one. Start reading at
 * {@link dev.millrace.job.Task}, then {@link dev.millrace.job.JobRequest} and {@link
 * dev.millrace.job.JobState}.
 */
@NullMarked
package dev.millrace.job;

import org.jspecify.annotations.NullMarked;
