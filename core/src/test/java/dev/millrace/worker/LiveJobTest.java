package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.ClaimedJob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

class LiveJobTest {
    private static final Map<String, Consumer<LiveJob>> WAYS =
            Map.of(
                    "interrupt",
                    LiveJob::interrupt,
                    "cancel",
                    job -> job.cancel("no"),
                    "lose",
                    LiveJob::lose,
                    "timeOut",
                    job -> job.stop("timeout", "too long", Instant.EPOCH));

    private final LiveJob job =
            new LiveJob(
                    new ClaimedJob(
                            1,
                            1,
                            "q",
                            "work",
                            1,
                            4,
                            "{}",
                            1,
                            0,
                            10,
                            null,
                            List.of(),
                            Instant.EPOCH),
                    7);

    private static Consumer<LiveJob> way(String name) {
        var way = WAYS.get(name);
        if (way == null) {
            throw new AssertionError("no way to interrupt is called " + name);
        }
        return way;
    }

    @Test
    void aWaitForTheStoreIsNotTheHandlersSilence() {
        job.begin(() -> {});
        job.waits();
        job.waits();
        long later = System.nanoTime();
        assertThat(job.signNanos()).isGreaterThanOrEqualTo(later);
        job.goesOn();
        later = System.nanoTime();
        assertThat(job.signNanos()).isGreaterThanOrEqualTo(later);
        job.goesOn();
        assertThat(job.signNanos()).isEqualTo(job.signNanos());
    }

    @ParameterizedTest
    @ValueSource(strings = {"interrupt", "cancel", "lose", "timeOut"})
    void whatComesJustBeforeTheHandlerIsCalledReachesItAllTheSame(String name) {
        way(name).accept(job);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        job.begin(() -> {});
        assertThat(Thread.interrupted()).isTrue();
        job.end();
    }

    @ParameterizedTest
    @ValueSource(strings = {"interrupt", "cancel", "lose", "timeOut"})
    void whatComesAfterTheHandlerHasEndedReachesNoOther(String name) {
        job.begin(() -> {});
        job.end();
        way(name).accept(job);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void aHandlersLeftoverInterruptIsClearedAtItsEnd() {
        job.begin(() -> {});
        job.cancel("no longer wanted");
        job.end();
        assertThat(Thread.interrupted()).isFalse();
    }
}
