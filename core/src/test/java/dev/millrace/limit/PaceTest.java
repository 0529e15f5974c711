package dev.millrace.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.limit.Pace.Gap;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** How rounds of admitting follow each other. */
class PaceTest {
    private static final Duration TOOK = Duration.ofMillis(3);

    private final Pace pace = new Pace();

    @Test
    void aRoundThatMovedManyIsFollowedAtOnceAndOneThatMovedFewTakesHalfOfTheTime() {
        assertThat(pace.after(Pace.MANY, TOOK, false)).isEqualTo(both(Duration.ZERO));
        assertThat(pace.after(Pace.MANY - 1, TOOK, false)).isEqualTo(both(TOOK));
        assertThat(pace.after(1, Duration.ofSeconds(2), false))
                .isEqualTo(both(Duration.ofSeconds(2)));
    }

    @Test
    void roundsThatFindNothingGrowRarerUntilOneMoves() {
        assertThat(empty(6)).containsExactly(4L, 8L, 16L, 32L, 50L, 50L);
        pace.after(1, TOOK, false);
        assertThat(empty(1)).containsExactly(4L);
        var slow = Duration.ofSeconds(1);
        assertThat(pace.after(0, slow, false)).as("a slow one rests as long").isEqualTo(both(slow));
    }

    @Test
    void whileEnoughWaitToBeClaimedRoundsGrowRarerButWhoAsksIsHeardSoon() {
        assertThat(pace.after(Pace.MANY, TOOK, true)).isEqualTo(both(Duration.ofMillis(5)));
        var gaps = Stream.generate(() -> pace.after(0, TOOK, true)).limit(9).toList();
        assertThat(gaps.stream().map(gap -> gap.unasked().toMillis()))
                .containsExactly(10L, 20L, 40L, 80L, 160L, 320L, 640L, 640L, 640L);
        assertThat(gaps.stream().map(gap -> gap.asked().toMillis()))
                .containsExactly(10L, 20L, 40L, 50L, 50L, 50L, 50L, 50L, 50L);
        assertThat(pace.after(0, Duration.ofMillis(90), true).asked())
                .isEqualTo(Duration.ofMillis(90));
    }

    @Test
    void whileSomebodyStandsInALineARoundComesWithinASecondOrWhenItsRateAllows() {
        assertThat(pace.whileWaiting(Optional.empty())).isEqualTo(Duration.ofMillis(100));
        assertThat(pace.whileWaiting(Optional.of(Duration.ofMillis(7))))
                .isEqualTo(Duration.ofMillis(7));
        assertThat(empty(5)).hasSize(5);
        assertThat(pace.whileWaiting(Optional.empty())).isEqualTo(Duration.ofMillis(800));
        assertThat(pace.whileWaiting(Optional.of(Duration.ofHours(1))))
                .isEqualTo(Duration.ofMillis(800));
    }

    private Stream<Long> empty(int rounds) {
        return IntStream.range(0, rounds)
                .mapToObj(i -> pace.after(0, Duration.ofMillis(1), false).unasked().toMillis());
    }

    private static Gap both(Duration pause) {
        return new Gap(pause, pause);
    }
}
