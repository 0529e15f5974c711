package dev.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyRate.Kind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class KeyRateTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"5/1s", "1000/1h window", "1/250ms", "7/90s", "10000/1d", "3/5m window"})
    void aRateIsReadAsItIsWritten(String text) {
        assertThat(KeyRate.of(text)).hasToString(text);
    }

    @Test
    void aTimeWithoutALengthIsOne() {
        assertThat(KeyRate.of("5/m")).isEqualTo(new KeyRate(Kind.BUCKET, 5, Duration.ofMinutes(1)));
        assertThat(KeyRate.of("1/d").per()).isEqualTo(Duration.ofDays(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "5", "5/", "/s", "5/1w", "0/1s", "10001/1s", "5/0s", "5/2d", "5/1s x"})
    void anythingElseIsRefused(String text) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> KeyRate.of(text))
                .withMessageEndingWith("nothing was changed");
    }

    @ParameterizedTest
    @CsvSource({
        "5/1s, 6/1s, true",
        "5/1s, 100/20s, false",
        "1/1m, 1/1s, true",
        "2/1s, 2/1s, false"
    })
    void theSlowerOfTwoLetsFewerThroughInTheLongRun(String one, String other, boolean slower) {
        assertThat(KeyRate.of(one).isSlowerThan(KeyRate.of(other))).isEqualTo(slower);
    }
}
