package dev.millrace.store;

import dev.millrace.job.JobSnapshot;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One page of a list.
 *
 * @param items at most as many as asked for; may be fewer, even none, while {@code next} is given,
 *     since a page looks at a bounded number of rows
 * @param next opaque, asks for the page after this one; only {@code null} says that nothing follows
 * @param looked about how many jobs were looked at for it
 */
public record JobPage(List<JobSnapshot> items, @Nullable String next, int looked) {
    /** Copies the items. */
    public JobPage {
        items = List.copyOf(items);
    }
}
