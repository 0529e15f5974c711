package dev.millrace.store;

import java.time.Instant;

/**
 * A discarded job with why.
 *
 * @param id the job's id
 * @param queue where it waited
 * @param kind what it does
 * @param at when it was set aside
 * @param errorType of its last attempt; {@code unknown} where none was kept
 * @param errorMessage of its last attempt; may be empty
 */
public record DiscardedJob(
        long id, String queue, String kind, Instant at, String errorType, String errorMessage) {
    /** What stands for the type of an error that was not kept. */
    public static final String UNKNOWN = "unknown";

    /** The most jobs of one look. */
    public static final int MOST = 2_000;
}
