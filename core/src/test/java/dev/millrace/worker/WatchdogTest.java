package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.TimeLimits;
import dev.millrace.store.ClaimedJob;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

final class WatchdogTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final LiveJob job =
            new LiveJob(
                    new ClaimedJob(
                            1, 1, "q", "k", 1, 5, "{}", 1, 0, 3, null, List.of(), Instant.EPOCH),
                    1);

    @Test
    void handlersThatAreStillThereWhenItIsClosedAreNotDisturbed() {
        var watchdog = new Watchdog(Clock.systemUTC());
        var limits = TimeLimits.NONE.withTimeout(LONG);
        var before = watchdog.watch(job, limits, () -> {});
        watchdog.close();
        before.interrupted();
        before.over();
        var after = watchdog.watch(job, limits, () -> {});
        after.interrupted();
        after.over();
        assertThat(job.stopped()).isNull();
    }
}
