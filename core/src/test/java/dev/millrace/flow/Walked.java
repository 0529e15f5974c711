package dev.millrace.flow;

import dev.millrace.job.Json;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Reads a source to its end, writing each cursor as JSON and reading it back, as a store does. */
final class Walked {
    private static final Json JSON = new Json();
    private static final int MOST = 100_000;

    private Walked() {}

    static <C, I> List<Walk.Page<C, I>> pages(Walk.Source<C, I> source, Class<C> type)
            throws Exception {
        var pages = new ArrayList<Walk.Page<C, I>>();
        @Nullable C next = null;
        do {
            var page = source.page(next);
            pages.add(page);
            next = stored(page.next(), type);
        } while (next != null && pages.size() < MOST);
        return pages;
    }

    static <C, I> List<I> items(Walk.Source<C, I> source, Class<C> type) throws Exception {
        return pages(source, type).stream().flatMap(page -> page.items().stream()).toList();
    }

    static <C> @Nullable C stored(@Nullable C cursor, Class<C> type) {
        return cursor == null
                ? null
                : JSON.read("cursor", JSON.write("cursor", cursor, 10_000), type);
    }
}
