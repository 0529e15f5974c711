package dev.millrace.store;

import org.jspecify.annotations.Nullable;

/**
 * Which batches to list.
 *
 * @param items whether items of pipelines, or batches that are none
 * @param name their name, an item's pipeline; {@code null} for any, which only batches that are no
 *     items may be asked for
 * @param state where they stand; {@code null} for anywhere
 */
public record BatchFilter(boolean items, @Nullable String name, @Nullable BatchState state) {}
