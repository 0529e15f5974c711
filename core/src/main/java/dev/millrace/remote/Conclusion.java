package dev.millrace.remote;

import dev.millrace.job.ErrorInfo;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** What a remote worker says of an attempt that has ended. */
public sealed interface Conclusion {
    /**
     * The work is done.
     *
     * @param result JSON text; {@code null} for none
     */
    record Completed(@Nullable String result) implements Conclusion {}

    /**
     * The work is not wanted any more; the job is completed.
     *
     * @param reason for people
     */
    record Skipped(String reason) implements Conclusion {}

    /**
     * It failed, and is tried again by the job's retry policy while attempts are left.
     *
     * @param error what went wrong
     * @param delay how long to wait in place of the policy's wait; {@code null} for that
     */
    record Failed(ErrorInfo error, @Nullable Duration delay) implements Conclusion {}

    /**
     * It failed for good: the job is set aside.
     *
     * @param error what went wrong
     */
    record Discarded(ErrorInfo error) implements Conclusion {}

    /**
     * It is to run again later; the attempt is not spent.
     *
     * @param delay how long to wait
     * @param reason for people
     * @param key what no other job is let through of meanwhile: the name of one of the job's keys,
     *     or of something its queue shares; {@code null} for nothing
     */
    record Snoozed(Duration delay, String reason, @Nullable String key) implements Conclusion {}

    /**
     * It ended because somebody asked to cancel it.
     *
     * @param reason for people
     */
    record Cancelled(String reason) implements Conclusion {}

    /**
     * Its worker stops and hands it back, with what it left; the attempt is not spent.
     *
     * @param reason for people
     */
    record Released(String reason) implements Conclusion {}
}
