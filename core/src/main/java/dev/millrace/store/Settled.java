package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * One step of carrying out what time and people decided about jobs that do not run.
 *
 * @param expired jobs whose time to live passed before they started
 * @param cancelled jobs cancelled that were still running when it was asked
 * @param next when to call again; {@code null} when nothing is left to do
 */
public record Settled(int expired, int cancelled, @Nullable Instant next) {}
