package dev.millrace.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Tally;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

final class CountRuleTest {
    private static final Instant NOW = Instant.parse("2026-03-08T12:34:56Z");
    private static final Duration WEEK = Duration.ofDays(7);

    private final Counted store = new Counted();
    private final CountRule rule = new CountRule(store);

    private void finished(String queue, Duration ago, long completed, long cancelled) {
        store.add(
                List.of(
                        new Tally(
                                queue,
                                NOW.minus(ago).truncatedTo(ChronoUnit.MINUTES),
                                5,
                                0,
                                completed,
                                7,
                                7,
                                cancelled,
                                0,
                                0)));
    }

    private Map<String, Instant> cutoffs(long most) {
        return rule.cutoffs(queue -> Retention.STANDARD.most(most), WEEK, NOW);
    }

    @Test
    void theCutoffIsAMinuteBeforeThatInWhichTheNumberWasReached() {
        finished("q", Duration.ofMinutes(200), 1000, 0);
        finished("q", Duration.ofMinutes(125), 50, 0);
        finished("q", Duration.ofMinutes(123), 30, 20);
        finished("q", Duration.ofMinutes(2), 49, 0);
        finished("few", Duration.ofMinutes(2), 99, 0);
        assertThat(cutoffs(100))
                .as("49 and 30 and 20 are not enough, with 50 more they are")
                .isEqualTo(Map.of("q", Instant.parse("2026-03-08T10:28:00Z")));
        assertThat(cutoffs(99))
                .isEqualTo(
                        Map.of(
                                "q",
                                Instant.parse("2026-03-08T10:30:00Z"),
                                "few",
                                Instant.parse("2026-03-08T12:31:00Z")));
        assertThat(cutoffs(2000)).isEmpty();
    }

    @Test
    void queuesAreAskedForByTheMinuteOnlyWhenTheyHaveTooMany() {
        for (int i = 0; i < 50; i++) {
            finished("q" + i, Duration.ofHours(i), i, 0);
        }
        cutoffs(49);
        assertThat(store.asked).hasSize(2);
    }

    @Test
    void whatIsOlderThanTheLongestAgeIsNotLookedAt() {
        finished("q", Duration.ofDays(8), 100, 0);
        assertThat(cutoffs(100)).isEmpty();
        assertThat(rule.cutoffs(queue -> Retention.STANDARD.most(1), Duration.ofDays(9000), NOW))
                .containsKey("q");
    }

    @Test
    void whatWasCountedByAClockThatRunsAheadCounts() {
        finished("q", Duration.ofMinutes(-3), 100, 0);
        finished("q", Duration.ofMinutes(10), 100, 0);
        assertThat(cutoffs(100)).isEqualTo(Map.of("q", Instant.parse("2026-03-08T12:36:00Z")));
    }

    @Test
    void theYoungerOfBothRulesIsTheOneThatCounts() {
        var rule = new Retention(WEEK, Duration.ofDays(1), 5);
        var hour = NOW.minus(1, ChronoUnit.HOURS);
        assertThat(rule.at(NOW, hour).finishedBefore()).isEqualTo(hour);
        assertThat(rule.at(NOW, null).finishedBefore()).isEqualTo(NOW.minus(WEEK));
        assertThat(rule.at(NOW, NOW.minus(8, ChronoUnit.DAYS)).finishedBefore())
                .isEqualTo(NOW.minus(WEEK));
        assertThat(rule.at(NOW, hour).discardedBefore()).isEqualTo(NOW.minus(1, ChronoUnit.DAYS));
    }

    @Test
    void keepingNoneIsRefusedAndTheDefaultIsAMillion() {
        assertThat(Retention.STANDARD.most()).isEqualTo(1_000_000);
        assertThat(new Retention(WEEK, null).finished(WEEK).discarded(WEEK).most())
                .isEqualTo(1_000_000);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> Retention.STANDARD.most(0))
                .withMessage("at least 1 finished job of a queue must be kept, got 0");
    }
}
