package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;

/**
 * A resumable traversal of something that comes in pages: after each page its cursor is kept as a
 * checkpoint, so that a job that is killed goes on with the page after the last one it finished; at
 * most the page in hand is done twice. Immutable.
 *
 * <p>Defaults: the fetching of a page is tried 5 times, waiting 0 to 1 s before the second try and
 * twice as long each time, at most 30 s; no bound on the pace.
 *
 * @param <C> the cursor, written as JSON
 * @param <I> an item
 * @param name distinguishes the walks of one handler; 1 to 200 characters as in other names
 * @param cursor the cursor's shape
 * @param source where pages come from
 * @param retry when fetching a page failed; what the page's handler throws fails the attempt
 * @param pace the most pages in a time; {@code null} for no bound
 */
public record Walk<C, I>(
        String name, Shape<C> cursor, Source<C, I> source, RetryPolicy retry, @Nullable Pace pace) {
    private static final RetryPolicy FETCHES =
            RetryPolicy.standard()
                    .attempts(5)
                    .backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /** Where pages come from. */
    @FunctionalInterface
    public interface Source<C, I> {
        /**
         * The page after a cursor.
         *
         * @param after what the page before named as next; {@code null} for the first page
         * @throws Exception any; tried again by the walk's policy, unless it is a {@link
         *     RetryNever}
         */
        Page<C, I> page(@Nullable C after) throws Exception;
    }

    /**
     * One page.
     *
     * @param items may be empty, also in the middle
     * @param next where the next page begins; {@code null} when this is the last
     */
    public record Page<C, I>(List<I> items, @Nullable C next) {
        /** Copies the items. */
        public Page {
            items = List.copyOf(items);
        }
    }

    /**
     * The most pages in a time, spread evenly; kept within one attempt, not across a restart.
     *
     * @param pages 1 or more
     * @param per longer than zero
     */
    public record Pace(int pages, Duration per) {
        /** Checks the bounds. */
        public Pace {
            if (pages < 1 || per.isNegative() || per.isZero()) {
                throw MillraceException.invalid(
                        "a walk's pace must be 1 page or more in a time longer than 0s, got %d in %s"
                                .formatted(pages, per));
            }
        }
    }

    /** A page in its handler's hands. */
    public interface InHand<I> {
        /** What is on it. */
        List<I> items();

        /** 1 for the first page of the walk, counted over all attempts. */
        long number();

        /** Whether it is the last. */
        boolean isLast();

        /**
         * Keeps the walk's checkpoint past this page in the handler's own transaction (PostgreSQL):
         * what that writes happens exactly once. Commit it before the handler returns.
         *
         * @throws MillraceException as {@link JobContext#checkpoint(Connection, Object)}
         */
        void checkpoint(Connection connection);
    }

    /** Does the work of one page. */
    @FunctionalInterface
    public interface PageHandler<I> {
        /**
         * Called once for each page in order; when it returns, the page is done for good.
         *
         * @throws Exception any; the attempt fails, and the next one begins with this page
         */
        void handle(InHand<I> page) throws Exception;
    }

    /** Checks the name. */
    public Walk {
        Names.check("walk", name);
    }

    /** A walk with every default, whose cursor has version 1. */
    public static <C, I> Walk<C, I> named(String name, Class<C> cursor, Source<C, I> source) {
        return named(name, Shape.of(cursor), source);
    }

    /** A walk with every default. */
    public static <C, I> Walk<C, I> named(String name, Shape<C> cursor, Source<C, I> source) {
        return new Walk<>(name, cursor, source, FETCHES, null);
    }

    /** The same walk with another policy for fetching pages. */
    public Walk<C, I> retry(RetryPolicy policy) {
        return new Walk<>(name, cursor, source, policy, pace);
    }

    /** The same walk, fetching at most so many pages in a time. */
    public Walk<C, I> rate(int pages, Duration per) {
        return new Walk<>(name, cursor, source, retry, new Pace(pages, per));
    }
}
