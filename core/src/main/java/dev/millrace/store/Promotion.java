package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One step of promoting due jobs.
 *
 * @param promoted how many became available
 * @param nextDue when the next one is due; {@code null} when none waits
 */
public record Promotion(int promoted, @Nullable Instant nextDue) {}
