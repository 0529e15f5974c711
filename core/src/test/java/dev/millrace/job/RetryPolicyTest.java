package dev.millrace.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;

final class RetryPolicyTest {
    @Test
    void waitsAreSpreadFromZeroToABoundThatDoublesUpToTheCap() {
        var random = new Random(42);
        var policy = RetryPolicy.standard();
        for (int attempt = 1; attempt <= 30; attempt++) {
            int number = attempt;
            long bound = (long) Math.min(3_600_000, 1000 * Math.pow(2, attempt - 1));
            var waits =
                    IntStream.range(0, 2000)
                            .mapToLong(i -> policy.waitAfter(number, random).toMillis())
                            .summaryStatistics();
            assertThat(waits.getMax()).isBetween(bound * 95 / 100, bound);
            assertThat(waits.getMin()).isBetween(0L, bound / 20);
            assertThat(waits.getAverage()).isBetween(bound * 0.45, bound * 0.55);
        }
    }

    @Test
    void aFixedWaitIsAlwaysTheSame() {
        var policy = RetryPolicy.standard().fixed(Duration.ofSeconds(7));
        assertThat(policy.waitAfter(1, new Random(1))).isEqualTo(Duration.ofSeconds(7));
        assertThat(policy.waitAfter(900, new Random(1))).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void impossiblePoliciesAreRefusedWithWhatWasExpectedAndGot() {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> RetryPolicy.standard().attempts(0))
                .withMessage("attempts must be 1 to 1000, got 0");
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() ->
                        RetryPolicy.standard().backoff(Duration.ofHours(2), Duration.ofHours(1)));
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(
                        () -> new RetryPolicy(1, Duration.ZERO, Double.NaN, Duration.ZERO, true));
    }
}
