package dev.millrace.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.Attempt;
import dev.millrace.job.MillraceException;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.Tally;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

final class RollupsTest {
    private static final Instant T = Instant.parse("2026-03-01T12:00:00Z");

    private final Counted store = new Counted();
    private final Hands clock = new Hands();
    private final Rollups rollups = new Rollups(store, clock, new Random(1), () -> true);

    /** A clock moved by hand. */
    private static final class Hands extends Clock {
        private Instant now = T;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private static NewJob job(String queue, @Nullable Instant runAt) {
        return new NewJob(1, queue, "k", 1, 4, "{}", 3, null, List.of(), T, runAt);
    }

    private static Ending ending(Attempt.End end, long millis) {
        return new Ending(
                1,
                1,
                1,
                1,
                T,
                T.plusMillis(millis),
                end,
                null,
                null,
                new Ending.Next.Finished(),
                false);
    }

    @Test
    void whatIsCountedIsSentOnceByQueue() {
        rollups.accepted(job("q", null));
        rollups.accepted(job("q", T.plusSeconds(60)));
        rollups.accepted(job("r", T.minusSeconds(60)));
        long millis = 1;
        for (Attempt.End end : Attempt.End.values()) {
            rollups.ended("q", ending(end, millis));
            millis *= 2;
        }
        rollups.ended("q", ending(Attempt.End.COMPLETED, -5));
        clock.now = T.plusSeconds(59);
        rollups.flush();
        assertThat(store.kept)
                .containsExactlyInAnyOrder(
                        new Tally("q", T, 2, 1, 3, 1, 1, 1, 13, 4095),
                        new Tally("r", T, 1, 0, 0, 0, 0, 0, 0, 0));
        rollups.flush();
        assertThat(store.kept).as("nothing is sent twice").hasSize(2);
        rollups.accepted(job("q", null));
        clock.now = T.plusSeconds(60);
        rollups.flush();
        assertThat(store.kept)
                .last()
                .isEqualTo(new Tally("q", T.plusSeconds(60), 1, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void countsAddUpWhileTheStoreIsAway() {
        store.away = true;
        for (int i = 0; i < 30; i++) {
            rollups.accepted(job("q", null));
            clock.now = clock.now.plusSeconds(10);
            failing();
        }
        assertThat(rollups.held()).as("minutes").isEqualTo(6);
        store.away = false;
        rollups.flush();
        assertThat(rollups.held()).isZero();
        assertThat(store.enqueued().stream().mapToLong(Map.Entry::getValue).sum()).isEqualTo(30);
        assertThat(store.enqueued()).contains(Map.entry("q 2026-03-01T12:01:00Z", 6L));
    }

    @Test
    void whatIsHeldIsBounded() {
        store.away = true;
        int minutes = Rollups.MOST_HELD + 500;
        for (int i = 0; i < minutes; i++) {
            rollups.accepted(job("q", null));
            clock.now = clock.now.plusSeconds(60);
            failing();
        }
        rollups.accepted(job("late", null));
        failing();
        assertThat(rollups.held()).isEqualTo(Rollups.MOST_HELD + 1);
        store.away = false;
        rollups.flush();
        assertThat(store.enqueued().stream().mapToLong(Map.Entry::getValue).sum())
                .isEqualTo(minutes + 1);
    }

    @Test
    void theLastCountsAreSentAtTheStopAndOneThatFailsThrowsNothing() throws Exception {
        rollups.accepted(job("q", null));
        rollups.stop(Duration.ofSeconds(1));
        assertThat(store.enqueued()).hasSize(1);
        rollups.accepted(job("q", null));
        store.away = true;
        rollups.stop(Duration.ofSeconds(1));
        assertThat(store.enqueued()).hasSize(1);
    }

    @Test
    void manyCountAtOnceWhileItIsSent() throws Exception {
        int each = 20_000;
        var counting = new ArrayList<Future<?>>();
        try (var pool = Executors.newFixedThreadPool(4)) {
            for (int thread = 0; thread < 4; thread++) {
                counting.add(
                        pool.submit(() -> {
                            for (int i = 0; i < each; i++) {
                                rollups.accepted(job("q", null));
                            }
                        }));
            }
            while (!counting.stream().allMatch(Future::isDone)) {
                rollups.flush();
            }
            for (var thread : counting) {
                thread.get();
            }
        }
        rollups.flush();
        assertThat(store.enqueued().stream().mapToLong(Map.Entry::getValue).sum())
                .isEqualTo(4L * each);
    }

    private void failing() {
        assertThatExceptionOfType(MillraceException.class).isThrownBy(rollups::flush);
    }
}
