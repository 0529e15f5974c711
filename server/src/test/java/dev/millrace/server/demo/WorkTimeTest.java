package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

class WorkTimeTest {
    @Test
    void spansAtTheSameTimeCountOnce() {
        var work = new WorkTime(List.of(span(2, 9), span(0, 4), span(1, 2)));
        assertThat(work.total()).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void waitsBetweenAttemptsCountAndTheTimeBetweenTwoStartsDoesNot() {
        var work = new WorkTime(List.of(span(0, 4), span(10, 12), span(100, 103)));
        assertThat(work.total()).isEqualTo(Duration.ofSeconds(15));
        assertThat(work.upTo(at(5))).isEqualTo(Duration.ofSeconds(5));
        assertThat(work.upTo(at(50))).isEqualTo(Duration.ofSeconds(12));
        assertThat(work.upTo(at(101))).isEqualTo(Duration.ofSeconds(13));
    }

    @Test
    void noSpanIsNoTime() {
        assertThat(new WorkTime(List.of()).total()).isZero();
    }

    private static WorkTime.Span span(long from, long to) {
        return new WorkTime.Span(at(from), at(to));
    }

    private static Instant at(long second) {
        return Instant.ofEpochSecond(1_000_000 + second);
    }
}
