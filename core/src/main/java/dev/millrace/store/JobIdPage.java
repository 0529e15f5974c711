package dev.millrace.store;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * One page of job ids.
 *
 * @param ids at most as many as asked for; may be fewer, even none, while {@code next} is given:
 *     only a {@code next} of {@code null} is the end
 * @param next opaque, asks for the page after this one; {@code null} when nothing follows
 * @param looked about how many jobs were looked at for it
 */
public record JobIdPage(List<Long> ids, @Nullable String next, int looked) {
    /** Copies the ids. */
    public JobIdPage {
        ids = List.copyOf(ids);
    }
}
