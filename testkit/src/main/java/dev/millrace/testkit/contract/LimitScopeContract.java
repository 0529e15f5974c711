package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Entrant;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Limits of whole queues and of what queues share, pauses of keys, weights, and age. */
interface LimitScopeContract extends Contract {
    Duration SECOND = Duration.ofSeconds(1);

    private LimitStore limits() {
        return bench().store().limits();
    }

    private void limit(String queue, QueueLimits limits) {
        limits().limit(queue, limits);
        // claims heed it within a second
        bench().advance(Duration.ofSeconds(2));
    }

    private static KeyRate bucket(int count) {
        return new KeyRate(KeyRate.Kind.BUCKET, count, SECOND);
    }

    private static LimitKey host() {
        return new LimitKey(Bench.QUEUE, "host", "h");
    }

    private Set<Long> admitted() {
        var gated = Set.of(Bench.QUEUE, "other");
        return limits().gate(new Gate.Look(Set.of(), 100_000, gated, 10, false, bench().now()))
                .admitted();
    }

    private int movedWithin(Doorman doorman, Duration time) {
        int before = admitted().size();
        for (var end = bench().now().plus(time); bench().now().isBefore(end); ) {
            bench().advance(Duration.ofMillis(5));
            doorman.round();
        }
        return admitted().size() - before;
    }

    @Test
    default void everyKindOfLimitIsReadBackAsItWasSet() {
        var window = new KeyRate(KeyRate.Kind.WINDOW, 7, Duration.ofHours(1));
        var all =
                new QueueLimits(
                        Map.of("tenant", 2),
                        Map.of("host", bucket(3)),
                        window,
                        Map.of("weather", 4),
                        Map.of("weather", window, "geo", bucket(1)));
        limits().limit(Bench.QUEUE, all);
        assertThat(bench().reopen().limits().limits()).containsExactly(Map.entry(Bench.QUEUE, all));
        assertThat(bench().store().control(Bench.QUEUE).gated()).isTrue();
        limits().limit(Bench.QUEUE, QueueLimits.NONE);
        assertThat(bench().store().control(Bench.QUEUE).gated()).isFalse();
    }

    @Test
    default void aRateOfAQueueHoldsForItsJobsWithoutKeysToo() {
        var b = bench();
        limit(Bench.QUEUE, QueueLimits.NONE.withRate(bucket(10)));
        b.enqueue(50, b.job());
        long keyed = b.enqueue(b.job().key("host", "h").at(9));
        long other = b.enqueue(b.job().in("other"));
        var worker = b.worker();
        assertThat(worker.claim(100)).isEmpty();
        assertThat(worker.pulse().atGate()).isTrue();
        var doorman = b.doorman();
        doorman.round();
        assertThat(worker.claim(100)).isEmpty();
        assertThat(movedWithin(doorman, SECOND)).isBetween(9, 11);
        assertThat(Bench.ids(worker.claim(100))).hasSizeBetween(9, 11).contains(keyed);
        assertThat(worker.claim(100)).isEmpty();
        assertThat(limits().holding(List.of(keyed + 1, other))).isEmpty();
        limit(Bench.QUEUE, QueueLimits.NONE);
        doorman.all();
        assertThat(worker.claim(100)).hasSizeBetween(39, 42);
    }

    @Test
    default void aRateThatIsRaisedHoldsSoonAfter() {
        var b = bench();
        var hourly = new KeyRate(KeyRate.Kind.BUCKET, 1, Duration.ofHours(1));
        limit(Bench.QUEUE, QueueLimits.NONE.withRate("host", hourly));
        b.enqueue(20, b.job().key("host", "h"));
        var doorman = b.doorman();
        doorman.round();
        b.advance(Duration.ofHours(2));
        assertThat(doorman.all()).isOne();
        limit(Bench.QUEUE, QueueLimits.NONE.withRate("host", bucket(10)));
        assertThat(movedWithin(doorman, SECOND)).isBetween(8, 19);
    }

    @Test
    default void whatQueuesShareIsCountedOverAllOfThem() {
        var b = bench();
        limit(Bench.QUEUE, QueueLimits.NONE.withShared("weather", 5));
        limit("other", QueueLimits.NONE.withShared("weather", 3));
        var mine = b.enqueue(4, b.job());
        var theirs = b.enqueue(4, b.job().in("other"));
        var doorman = b.doorman();
        doorman.all();
        assertThat(admitted()).hasSize(3);
        var worker = b.worker();
        var running = new ArrayList<ClaimedJob>(worker.claim(10));
        int here = running.size();
        assertThat(here).isPositive();
        assertThat(worker.claim(10)).isEmpty();
        var held = limits().holding(List.of(mine.getLast(), theirs.getLast()));
        assertThat(held.values()).contains(LimitKey.shared("weather"));
        for (int i = 0; i < 4; i++) {
            running.forEach(worker::complete);
            doorman.all();
            assertThat(admitted()).hasSizeLessThanOrEqualTo(3);
            running = new ArrayList<>(worker.claim(10));
        }
        b.doorman(b.reopen()).all();
        assertThat(admitted()).as("counted by who takes over").hasSizeLessThanOrEqualTo(3);
    }

    private void pause(String queue, boolean paused) {
        bench().store().control(queue, QueueControl.Change.paused(paused));
        // heeded within a second
        bench().advance(Duration.ofSeconds(2));
    }

    @Test
    default void aPausedQueueHoldsNothingOfWhatItSharesWithOthers() {
        var b = bench();
        limit(Bench.QUEUE, QueueLimits.NONE.withShared("weather", 3));
        limit("other", QueueLimits.NONE.withShared("weather", 3));
        var mine = b.enqueue(300, b.job().key("host", "h"));
        var doorman = b.doorman();
        doorman.all();
        var theirs = b.enqueue(4, b.job().in("other"));
        doorman.all();
        assertThat(admitted()).containsExactlyInAnyOrderElementsOf(mine.subList(0, 3));
        pause(Bench.QUEUE, true);
        doorman.all();
        assertThat(admitted()).containsExactlyInAnyOrderElementsOf(theirs.subList(0, 3));
        var worker = b.worker();
        var running = worker.claim("other", Set.of(Bench.WORK), 10);
        assertThat(running).hasSize(3);
        pause(Bench.QUEUE, false);
        doorman.all();
        running.forEach(worker::complete);
        doorman.all();
        assertThat(admitted()).hasSize(3);
        for (int i = 0; i < 200; i++) {
            worker.claim(10).forEach(worker::complete);
            worker.claim("other", Set.of(Bench.WORK), 10).forEach(worker::complete);
            doorman.all();
            assertThat(admitted()).hasSizeLessThanOrEqualTo(3);
        }
        assertThat(admitted()).isEmpty();
        assertThat(b.stateName(mine.getLast())).isEqualTo(JobState.Name.COMPLETED);
    }

    @Test
    default void aPausedKeyLetsNobodyThroughUntilThenWhoeverAdmits() {
        var b = bench();
        limits().limit(Bench.QUEUE, new QueueLimits(Map.of("host", 1)));
        var ids = b.enqueue(3, b.job().key("host", "h"));
        long free = b.enqueue(b.job().key("host", "free"));
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        var running = worker.claim(10);
        assertThat(Bench.ids(running)).containsExactlyInAnyOrder(ids.getFirst(), free);
        var until = b.now().plus(Duration.ofSeconds(30));
        limits().pause(host(), until, b.now());
        limits().pause(host(), until.minusSeconds(20), b.now());
        assertThat(limits().paused(Set.of(host(), LimitKey.shared("x")), b.now()))
                .containsExactly(Map.entry(host(), until));
        running.forEach(worker::complete);
        b.enqueue(b.job().key("host", "h"));
        assertThat(doorman.all()).as("parked").isEqualTo(1);
        var next = b.doorman(b.reopen());
        next.all();
        assertThat(worker.claim(10)).isEmpty();
        b.advance(Duration.ofSeconds(29));
        assertThat(next.all()).isZero();
        b.advance(Duration.ofSeconds(2));
        assertThat(next.all()).isEqualTo(1);
        worker.claimOnly(ids.get(1));
        assertThat(limits().paused(Set.of(host()), b.now())).isEmpty();
    }

    @Test
    default void aKeyWithoutALimitCanBePausedAsWell() {
        var b = bench();
        limits().pause(host(), b.now().plus(SECOND), b.now());
        long id = b.enqueue(b.job().key("host", "h"));
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        assertThat(worker.claim(1)).isEmpty();
        b.advance(Duration.ofSeconds(2));
        doorman.all();
        worker.claimOnly(id);
    }

    @Test
    default void aHeavyJobTakesAsMuchRoomAsItWeighsAndAtMostAllOfIt() {
        var b = bench();
        limits().limit(Bench.QUEUE, new QueueLimits(Map.of("host", 4)));
        long three = b.enqueue(b.job().key("host", "h").weight(3));
        long two = b.enqueue(b.job().key("host", "h").weight(2));
        long one = b.enqueue(b.job().key("host", "h"));
        long ten = b.enqueue(b.job().key("host", "h").weight(10));
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        var first = worker.claimOnly(three);
        // whoever is first in the line is not passed by what is lighter
        assertThat(limits().holding(List.of(two, one, ten)).values()).containsOnly(host());
        worker.complete(first);
        b.doorman(b.reopen()).all();
        var both = worker.claim(10);
        assertThat(Bench.ids(both)).containsExactlyInAnyOrder(two, one);
        var last = b.doorman();
        worker.complete(both.get(0));
        assertThat(last.all()).isZero();
        worker.complete(both.get(1));
        last.all();
        assertThat(worker.claimOnly(ten).terms().weight()).isEqualTo(10);
        b.enqueue(b.job().key("host", "h"));
        last.all();
        assertThat(worker.claim(10)).isEmpty();
    }

    @Test
    default void onceAHeavyJobIsThroughThoseBehindItNeedNoMoreRoomThanTheirOwn() {
        var b = bench();
        limits().limit(Bench.QUEUE, new QueueLimits(Map.of("host", 4)));
        var doorman = b.doorman();
        var worker = b.worker();
        b.enqueue(b.job().key("host", "h"));
        doorman.all();
        long heavy = b.enqueue(b.job().key("host", "h").weight(4));
        b.enqueue(6, b.job().key("host", "h"));
        doorman.all();
        worker.complete(worker.claimOne());
        doorman.all();
        var first = worker.claimOnly(heavy);
        doorman.all();
        worker.complete(first);
        doorman.all();
        var light = worker.claim(10);
        assertThat(light).hasSize(4);
        worker.complete(light.getFirst());
        doorman.all();
        assertThat(worker.claim(10)).hasSize(1);
    }

    @Test
    default void aLightJobOfAHigherPriorityDoesNotWaitForTheRoomOfAHeavyOne() {
        var b = bench();
        limits().limit(Bench.QUEUE, new QueueLimits(Map.of("host", 4)));
        var doorman = b.doorman();
        var worker = b.worker();
        b.enqueue(2, b.job().key("host", "h"));
        doorman.all();
        b.enqueue(b.job().key("host", "h").weight(4));
        doorman.all();
        assertThat(worker.claim(10)).hasSize(2);
        long urgent = b.enqueue(b.job().key("host", "h").at(9));
        doorman.all();
        worker.claimOnly(urgent);
    }

    @Test
    default void aHeavyJobUsesUpARate() {
        var b = bench();
        limits().limit(Bench.QUEUE, QueueLimits.NONE.withRate("host", bucket(10)));
        b.enqueue(20, b.job().key("host", "h").weight(5));
        var doorman = b.doorman();
        doorman.round();
        b.advance(Duration.ofMinutes(1));
        assertThat(doorman.all()).isEqualTo(2);
        assertThat(movedWithin(doorman, Duration.ofSeconds(2))).isBetween(3, 5);
    }

    @Test
    default void whatWaitsLongestGetsThroughHoweverMuchOfHigherPriorityComes() {
        var b = bench();
        limits().limit(Bench.QUEUE, new QueueLimits(Map.of("host", 1)));
        var worker = b.worker();
        var doorman = b.doorman();
        b.enqueue(b.job().key("host", "h").at(9));
        long low = b.enqueue(b.job().key("host", "h").at(0));
        for (int i = 0; i < 200; i++) {
            b.enqueue(b.job().key("host", "h").at(9));
            doorman.all();
            var running = worker.claimOne();
            worker.complete(running);
            if (running.id() == low) {
                return;
            }
        }
        throw new AssertionError("a job of low priority was passed by 200 others");
    }

    /** What stands admitted stays bounded, and who looks next need not know it beforehand. */
    @Test
    default void nobodyOfAQueueIsWantedOfWhichEnoughAreReadyAtThatMoment() {
        var b = bench();
        b.enqueue(2, b.job().key("tenant", "acme"));
        assertThat(b.doorman().all()).isEqualTo(2);
        long other = b.enqueue(b.job().in("other").key("tenant", "acme"));
        long late = b.enqueue(b.job().key("tenant", "acme"));
        var look = new Gate.Look(Set.of(), 2, Set.of(), 10, false, b.now());
        assertThat(limits().gate(look).entrants()).extracting(Entrant::jobId).containsOnly(other);
        b.worker().claim(1);
        assertThat(limits().gate(look).entrants())
                .extracting(Entrant::jobId)
                .containsExactlyInAnyOrder(other, late);
    }
}
