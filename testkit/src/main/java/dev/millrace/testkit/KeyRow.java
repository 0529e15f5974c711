package dev.millrace.testkit;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One held key as it stands in a database.
 *
 * @param scope the code of whose key it is
 * @param key the key
 * @param jobId the job that holds it, or that it stands for
 * @param until when its window ends; {@code null} for while the job lives
 */
public record KeyRow(int scope, String key, long jobId, @Nullable Instant until) {}
