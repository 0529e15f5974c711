package dev.millrace.job;

/**
 * A kind of work in one version of its payload: what a worker must know to take a job.
 *
 * @param kind the task's name
 * @param version of the payload's shape, from 1
 */
public record KindVersion(String kind, int version) {}
