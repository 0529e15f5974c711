package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.store.TallyRules;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** What happened in queues, counted. */
interface TallyContract extends Contract {
    Instant T = Instant.parse("2026-03-01T12:00:00Z");
    Duration MINUTE = Duration.ofMinutes(1);
    Duration HOUR = Duration.ofHours(1);

    private static Instant minute(long after) {
        return T.plus(after, ChronoUnit.MINUTES);
    }

    private static Tally tally(String queue, Instant at, long n) {
        return new Tally(queue, at, n, n * 2, n * 3, n * 4, n * 5, n * 6, n * 7, n * 8);
    }

    private void add(Tally... deltas) {
        bench().store().tallies().add(List.of(deltas));
    }

    private List<Tally> sums(Instant from, Instant to, Duration bucket) {
        return bench().store().tallies().sums(new TallyRange(null, from, to, bucket));
    }

    private int compactAll(TallyRules rules, int max) {
        int gone = 0;
        for (int i = 0; i < 10_000; i++) {
            int step = bench().store().tallies().compact(rules, max);
            assertThat(step).as("rows of one step").isLessThanOrEqualTo(3 * max);
            gone += step;
            if (step == 0) {
                return gone;
            }
        }
        throw new AssertionError("summing did not come to an end");
    }

    @Test
    default void whatWasCountedIsSummedByQueueAndBucket() {
        var b = bench();
        assertThat(sums(minute(0), minute(10), MINUTE)).isEmpty();
        add(tally("q", minute(1), 1), tally("q", minute(1), 10), tally("a/b", minute(1), 5));
        add(tally("q", minute(3), 100));
        b.reopen().tallies().add(List.of(tally("q", minute(1), 1000)));
        add();
        assertThat(sums(minute(0), minute(10), MINUTE))
                .containsExactly(
                        tally("a/b", minute(1), 5),
                        tally("q", minute(1), 1011),
                        tally("q", minute(3), 100));
        assertThat(b.store().tallies().sums(TallyRange.minutes("q", minute(0), minute(10))))
                .containsExactly(tally("q", minute(1), 1011), tally("q", minute(3), 100));
        assertThat(sums(minute(0), minute(10), Duration.ofMinutes(2)))
                .containsExactly(
                        tally("a/b", minute(0), 5),
                        tally("q", minute(0), 1011),
                        tally("q", minute(2), 100));
        assertThat(sums(minute(0), minute(10), HOUR))
                .containsExactly(tally("a/b", minute(0), 5), tally("q", minute(0), 1111));
    }

    @Test
    default void aRangeHasItsFirstMinuteAndNotItsLast() {
        add(tally("q", minute(0), 1), tally("q", minute(1), 2), tally("q", minute(2), 4));
        assertThat(sums(minute(1), minute(2), MINUTE)).containsExactly(tally("q", minute(1), 2));
        assertThat(sums(minute(1).minusNanos(1), minute(2).plusNanos(1), MINUTE))
                .containsExactly(tally("q", minute(1), 2), tally("q", minute(2), 4));
        assertThat(sums(minute(0).plusNanos(1), minute(2), MINUTE))
                .containsExactly(tally("q", minute(1), 2));
        assertThat(sums(minute(1), minute(1), MINUTE)).isEmpty();
        assertThat(sums(minute(3), minute(4), MINUTE)).isEmpty();
    }

    @Test
    default void summingKeepsTheSums() {
        var all = new ArrayList<Tally>();
        for (int i = 0; i < 200; i++) {
            all.add(tally(i % 3 == 0 ? "a" : "q", minute(i), i + 1));
            all.add(tally("q", minute(i), 7));
        }
        all.forEach(this::add);
        var before = sums(minute(0), minute(240), MINUTE);
        var hours = sums(minute(0), minute(240), HOUR);
        compactAll(new TallyRules(minute(100), Instant.EPOCH, Instant.EPOCH), 7);
        assertThat(sums(minute(0), minute(240), MINUTE)).isEqualTo(before);
        int merged = compactAll(new TallyRules(minute(190), minute(130), Instant.EPOCH), 7);
        assertThat(merged).isPositive();
        assertThat(sums(minute(0), minute(240), HOUR)).isEqualTo(hours);
        assertThat(sums(minute(120), minute(240), MINUTE))
                .as("an hour not yet over is kept by the minute")
                .isEqualTo(before.stream().filter(t -> !t.at().isBefore(minute(120))).toList());
        assertThat(sums(minute(0), minute(120), MINUTE))
                .as("hours stand at their first minute")
                .extracting(Tally::at)
                .containsExactly(minute(0), minute(0), minute(60), minute(60));
        assertThat(compactAll(new TallyRules(minute(190), minute(130), Instant.EPOCH), 7)).isZero();
    }

    @Test
    default void whatComesLateIsAddedToSumsOfThePast() {
        add(tally("q", minute(0), 1), tally("q", minute(1), 2));
        var rules = new TallyRules(minute(200), minute(180), Instant.EPOCH);
        compactAll(rules, 100);
        add(tally("q", minute(1), 4));
        assertThat(sums(minute(0), minute(60), HOUR)).containsExactly(tally("q", minute(0), 7));
        compactAll(rules, 100);
        assertThat(sums(minute(0), minute(60), MINUTE)).containsExactly(tally("q", minute(0), 7));
    }

    @Test
    default void whatIsPastItsTimeIsDropped() {
        add(tally("q", minute(0), 1), tally("q", minute(60), 2), tally("q", minute(120), 4));
        compactAll(new TallyRules(minute(180), minute(180), minute(60)), 100);
        assertThat(sums(minute(0), minute(180), HOUR))
                .containsExactly(tally("q", minute(60), 2), tally("q", minute(120), 4));
        compactAll(TallyRules.at(minute(120).plus(Duration.ofDays(40))), 100);
        assertThat(sums(minute(0), minute(180), HOUR)).isEmpty();
    }

    @Test
    default void manyAddAndSumAtOnceAndNothingIsLostOrCountedTwice() throws Exception {
        var b = bench();
        var stores = List.of(b.store(), b.reopen());
        int rounds = 60;
        try (var pool = Executors.newFixedThreadPool(8)) {
            var threads =
                    IntStream.range(0, 8)
                            .mapToObj(thread ->
                                    pool.submit(() -> {
                                        var tallies = stores.get(thread % 2).tallies();
                                        for (int i = 0; i < rounds; i++) {
                                            if (thread < 4) {
                                                tallies.add(
                                                        List.of(
                                                                tally("q", minute(i), 1),
                                                                tally("r", minute(i), 2)));
                                            } else {
                                                tallies.compact(
                                                        new TallyRules(
                                                                minute(i),
                                                                minute(i),
                                                                Instant.EPOCH),
                                                        3 + thread);
                                            }
                                        }
                                        return thread;
                                    }))
                            .toList();
            for (var thread : threads) {
                thread.get();
            }
        }
        var expected =
                List.of(tally("q", minute(0), 4L * rounds), tally("r", minute(0), 8L * rounds));
        assertThat(sums(minute(0), minute(60), HOUR)).isEqualTo(expected);
        compactAll(new TallyRules(minute(600), minute(600), Instant.EPOCH), 10_000);
        assertThat(sums(minute(0), minute(60), MINUTE)).isEqualTo(expected);
    }

    @Test
    default void whatCannotBeIsRefused() {
        var tallies = bench().store().tallies();
        refused(() -> tally("", T, 1), "queue must have 1 to 200 characters");
        refused(() -> tally("q", T.plusSeconds(1), 1), "whole minute, got 2026-03-01T12:00:01Z");
        refused(() -> new Tally("q", T, 0, 0, 0, 0, 0, 0, 0, -5), "no negative numbers, got -5");
        refused(
                () -> tallies.add(Collections.nCopies(10_001, tally("q", T, 1))),
                "at most 10000 tallies are added at once, got 10001");
        refused(() -> sums(T, T.minusSeconds(1), MINUTE), "from an earlier moment to a later");
        refused(() -> sums(T, T, Duration.ofSeconds(90)), "whole minutes");
        refused(() -> sums(T, T, Duration.ZERO), "whole minutes");
        refused(() -> sums(T, T, Duration.ofDays(367)), "366 days");
        refused(() -> sums(T, minute(1501), MINUTE), "at most 1500 buckets");
        refused(() -> sums(Instant.MIN, Instant.MAX, MINUTE), "at most 1500 buckets");
        refused(
                () -> new TallyRange("no space", T, T, MINUTE),
                "queue must consist of letters, digits");
        refused(() -> new TallyRules(T, T.plus(HOUR), T), "summed by minutes before");
        refused(() -> new TallyRules(T, T, T.plus(HOUR)), "summed by minutes before");
        for (int bad : new int[] {0, -1, 10_001}) {
            refused(() -> tallies.compact(TallyRules.at(T), bad), "1 to 10000 tallies, got " + bad);
        }
        assertThat(sums(T, minute(1500), MINUTE)).isEmpty();
    }

    private static void refused(Runnable what, String why) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(what::run)
                .withMessageContaining(why)
                .extracting(MillraceException::code)
                .isEqualTo(MillraceException.Code.INVALID_INPUT);
    }

    @Test
    default void dueJobsAreCountedUntilTheyAreAvailable() {
        var b = bench();
        var soon = b.now().plusSeconds(60);
        b.enqueue(3, b.job().due(soon));
        b.enqueue(b.job().in("other").due(soon));
        b.enqueue(2, b.job().due(soon.plusSeconds(60)));
        b.enqueue(b.job());
        assertThat(b.store().due(soon.minusNanos(1000))).isEmpty();
        assertThat(b.store().due(soon)).isEqualTo(Map.of("q", 3, "other", 1));
        assertThat(b.reopen().due(soon.plusSeconds(60))).isEqualTo(Map.of("q", 5, "other", 1));
        b.advance(Duration.ofSeconds(90));
        assertThat(b.promoteAll()).isEqualTo(4);
        assertThat(b.store().due(b.now())).isEmpty();
    }
}
