package dev.millrace.worker;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.Retries;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One walk of a running job. Kept for it under its name: how many pages are done, and the cursor of
 * the next one, {@code null} when the last is done. Used by one thread.
 */
final class Walking<C, I> {
    private final HandlerContext context;
    private final Walk<C, I> walk;
    private final RunTools tools;
    private long pages;
    private @Nullable C next;
    private boolean done;
    private long nextFetchNanos = System.nanoTime();

    Walking(HandlerContext context, Walk<C, I> walk, RunTools tools) {
        this.context = context;
        this.walk = walk;
        this.tools = tools;
    }

    void run(Walk.PageHandler<I> handler) throws Exception {
        context.kept(walk.name(), walk.cursor()).ifPresent(this::resume);
        while (!done) {
            C after = next;
            keepPace();
            var page =
                    Retries.call(walk.retry(), tools.random(), () -> walk.source().page(after))
                            .value();
            context.live().sign();
            var hand = new Hand(page);
            handler.handle(hand);
            pages++;
            next = page.next();
            done = next == null;
            if (!hand.kept) {
                context.keep(walk.name(), stand(pages, next));
            }
            context.yieldIfWanted();
        }
    }

    private void resume(Carry.Cursor kept) {
        String what = "walk '%s' of job %d".formatted(walk.name(), context.id());
        Map<String, String> stand = tools.json().members(what, kept.text());
        String count = stand.getOrDefault("pages", "0");
        pages = tools.json().read(what, count, Long.class);
        String cursor = stand.getOrDefault("next", "null");
        done = cursor.equals("null");
        next = done ? null : walk.cursor().read(tools.json(), what, kept.version(), cursor);
    }

    private Carry.Cursor stand(long count, @Nullable C cursor) {
        String what = "cursor of walk '%s' of job %d".formatted(walk.name(), context.id());
        String text = tools.json().write(what, cursor, Checkpoint.MAX_BYTES);
        return new Carry.Cursor(
                walk.cursor().version(), "{\"pages\":%d,\"next\":%s}".formatted(count, text));
    }

    /** Pages spread evenly: one begins at the earliest so long after the one before. */
    private void keepPace() throws InterruptedException {
        Walk.Pace pace = walk.pace();
        if (pace == null) {
            return;
        }
        long wait = nextFetchNanos - System.nanoTime();
        if (wait > 0) {
            Retries.pause(Duration.ofNanos(wait));
        }
        nextFetchNanos =
                Math.max(nextFetchNanos, System.nanoTime() - pace.per().toNanos())
                        + pace.per().toNanos() / pace.pages();
    }

    private final class Hand implements Walk.InHand<I> {
        private final Walk.Page<C, I> page;
        private boolean kept;

        Hand(Walk.Page<C, I> page) {
            this.page = page;
        }

        @Override
        public List<I> items() {
            return page.items();
        }

        @Override
        public long number() {
            return pages + 1;
        }

        @Override
        public boolean isLast() {
            return page.next() == null;
        }

        @Override
        public void checkpoint(Connection connection) {
            context.keep(connection, walk.name(), stand(pages + 1, page.next()));
            kept = true;
        }
    }
}
