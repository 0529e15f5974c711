package dev.millrace.limit;

import java.time.Duration;
import java.util.Optional;

/**
 * How rounds of admitting follow each other. Rounds that move many follow at once, until enough
 * wait to be claimed; others take half of the time at most, and those that find nothing grow rarer.
 * Not thread-safe.
 */
final class Pace {
    /** While nobody stands in a line and nobody asks. */
    static final Duration REST = Duration.ofSeconds(10);

    /** So many moves are worth the next look at once. */
    static final int MANY = 500;

    private static final Duration WHILE_WAITING = Duration.ofMillis(100);
    private static final int MOST_DOUBLINGS = 3;

    /** What was admitted and waits to be claimed is gone soon where jobs do next to nothing. */
    private static final Duration WHILE_FULL = Duration.ofMillis(5);

    private static final int MOST_DOUBLINGS_FULL = 7;
    private static final Duration LEAST_GAP = Duration.ofMillis(2);
    private static final Duration MOST_GAP = Duration.ofMillis(50);

    private Duration gap = LEAST_GAP;
    private int empty;

    /**
     * How long the next round waits.
     *
     * @param asked if somebody asks for it
     * @param unasked if nobody does
     */
    record Gap(Duration asked, Duration unasked) {
        private static Gap of(Duration both) {
            return new Gap(both, both);
        }
    }

    /**
     * A round has ended.
     *
     * @param moved how many jobs it moved
     * @param took how long it took
     * @param full whether of some queue enough wait to be claimed, so that none of it came through
     */
    Gap after(int moved, Duration took, boolean full) {
        empty = moved > 0 ? 0 : empty + 1;
        gap = moved > 0 ? LEAST_GAP : least(MOST_GAP, gap.multipliedBy(2));
        if (full) {
            var pause = WHILE_FULL.multipliedBy(1L << Math.min(MOST_DOUBLINGS_FULL, empty));
            return new Gap(least(most(MOST_GAP, took), pause), pause);
        }
        if (moved == 0) {
            return Gap.of(most(took, gap));
        }
        return Gap.of(moved < MANY ? took : Duration.ZERO);
    }

    /**
     * How long a round that found nothing rests unasked, while somebody stands in a line.
     *
     * @param untilTurn for how long none goes on that waits for a rate; empty when none does
     */
    Duration whileWaiting(Optional<Duration> untilTurn) {
        var rest = WHILE_WAITING.multipliedBy(1L << Math.min(MOST_DOUBLINGS, empty));
        return untilTurn.map(turn -> least(turn, rest)).orElse(rest);
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration most(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
