package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A tick that happened.
 *
 * @param at its moment
 * @param jobId the job that it enqueued; {@code null} when it was passed over because the job of
 *     the tick before had not ended
 * @param triggered whether somebody asked for it
 */
public record TickRow(Instant at, @Nullable Long jobId, boolean triggered) {}
