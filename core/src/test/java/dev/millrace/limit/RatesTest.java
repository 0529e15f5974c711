package dev.millrace.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.KeyRate;
import dev.millrace.store.KeyRate.Kind;
import dev.millrace.store.LimitKey;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class RatesTest {
    private static final LimitKey KEY = new LimitKey("q", "host", "h");
    private static final KeyRate HOURLY = new KeyRate(Kind.BUCKET, 4, Duration.ofHours(1));
    private static final KeyRate FAST = new KeyRate(Kind.BUCKET, 10, Duration.ofSeconds(1));

    private final Rates rates = new Rates(0);
    private long nanos;

    private void pass(Duration time) {
        nanos += time.toNanos();
        rates.at(nanos);
    }

    @Test
    void aBucketOwesAsManyAfterItsRateWasRaisedAndFillsByTheNewOne() {
        pass(Duration.ofHours(1));
        rates.spend(KEY, HOURLY, 4);
        assertThat(rates.room(KEY, HOURLY)).isZero();
        assertThat(rates.room(KEY, FAST)).isEqualTo(6);
        assertThat(rates.roomAt(KEY, FAST, 10)).isEqualTo(nanos + Duration.ofMillis(400).toNanos());
        pass(Duration.ofMillis(400));
        assertThat(rates.room(KEY, FAST)).isEqualTo(10);
    }

    @Test
    void aBucketWhoseRateWasLoweredIsEmptyAtMost() {
        pass(Duration.ofHours(1));
        rates.spend(KEY, FAST, 10);
        assertThat(rates.room(KEY, HOURLY)).isZero();
        pass(Duration.ofMinutes(15));
        assertThat(rates.room(KEY, HOURLY)).isOne();
    }

    @Test
    void keysOfWhichNothingWasAdmittedInTheirTimeAreForgotten() {
        var window = new KeyRate(Kind.WINDOW, 10, Duration.ofSeconds(1));
        for (int i = 0; i < 50_000; i++) {
            pass(Duration.ofMillis(1));
            rates.spend(new LimitKey("q", "tenant", "t" + i), i % 2 == 0 ? window : FAST, 1);
        }
        assertThat(rates.kept()).isLessThan(11_100);
    }
}
