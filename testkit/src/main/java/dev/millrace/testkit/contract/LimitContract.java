package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Gate;
import dev.millrace.store.JobFilter;
import dev.millrace.store.KeyRate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Limits by key: who is admitted, who waits in whose line, and what makes room. */
interface LimitContract extends Contract {
    private LimitStore limits() {
        return bench().store().limits();
    }

    private void limit(Map<String, Integer> perKey) {
        limits().limit(Bench.QUEUE, new QueueLimits(perKey));
    }

    private Gate gate() {
        return limits().gate(new Gate.Look(Set.of(), 100_000, Set.of(), 10, false, bench().now()));
    }

    private Set<Long> admitted() {
        return gate().admitted();
    }

    private Draft acme() {
        return bench().job().key("tenant", "acme");
    }

    private Optional<LimitKey> holding(long job) {
        return Optional.ofNullable(limits().holding(List.of(job)).get(job));
    }

    private static LimitKey key(String name, String value) {
        return new LimitKey(Bench.QUEUE, name, value);
    }

    @Test
    default void limitsAreReadBackByEveryProcessAndCanBeTakenBack() {
        assertThat(limits().limits()).isEmpty();
        limit(Map.of("tenant", 10, "host", 2));
        limits().limit("other", new QueueLimits(Map.of("a", 1)));
        var both =
                Map.of(
                        Bench.QUEUE,
                        new QueueLimits(Map.of("tenant", 10, "host", 2)),
                        "other",
                        new QueueLimits(Map.of("a", 1)));
        assertThat(limits().limits()).isEqualTo(both);
        assertThat(bench().reopen().limits().limits()).isEqualTo(both);
        limit(Map.of("host", 3));
        limits().limit("other", QueueLimits.NONE);
        assertThat(limits().limits())
                .containsExactly(Map.entry(Bench.QUEUE, new QueueLimits(Map.of("host", 3))));
    }

    @Test
    default void whatCodeDeclaresAnewWinsAndWhatPeopleSetSinceStays() {
        var declared = new QueueLimits(Map.of("tenant", 10));
        limits().declare(Bench.QUEUE, declared);
        assertThat(limits().limits()).containsEntry(Bench.QUEUE, declared);
        limit(Map.of("tenant", 3));
        bench().reopen().limits().declare(Bench.QUEUE, declared);
        assertThat(limits().limits())
                .containsEntry(Bench.QUEUE, new QueueLimits(Map.of("tenant", 3)));
        var changed = new QueueLimits(Map.of("tenant", 11));
        limits().declare(Bench.QUEUE, changed);
        assertThat(limits().limits()).containsEntry(Bench.QUEUE, changed);
    }

    @Test
    default void aJobWithKeysIsFoundByNoClaimBeforeItIsAdmitted() {
        var b = bench();
        var worker = b.worker();
        long plain = b.enqueue(b.job());
        long keyed = b.enqueue(acme().at(9));
        worker.claimOnly(plain);
        assertThat(worker.claim(10)).isEmpty();
        assertThat(worker.pulse().queuesWithWork()).isEmpty();
        assertThat(b.stateName(keyed)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(b.doorman().all()).isEqualTo(1);
        assertThat(worker.pulse().queuesWithWork()).containsExactly(Bench.QUEUE);
        worker.claimOnly(keyed);
    }

    @Test
    default void noMoreAreAdmittedThanTheLimitOfTheirKeyAndOthersGoOn() {
        var b = bench();
        limit(Map.of("tenant", 2));
        var acme = b.enqueue(5, acme());
        var other = b.enqueue(2, b.job().key("tenant", "other"));
        long unlimited = b.enqueue(b.job().key("host", "h"));
        var doorman = b.doorman();
        doorman.all();
        assertThat(admitted())
                .containsExactlyInAnyOrder(
                        acme.get(0), acme.get(1), other.get(0), other.get(1), unlimited);
        assertThat(holding(acme.get(2))).contains(key("tenant", "acme"));
        assertThat(holding(acme.get(1))).isEmpty();
        var worker = b.worker();
        var claimed = worker.claim(100);
        assertThat(Bench.ids(claimed))
                .containsExactlyInAnyOrder(
                        acme.get(0), acme.get(1), other.get(0), other.get(1), unlimited);
        assertThat(doorman.all()).isZero();
        worker.complete(
                claimed.stream().filter(c -> c.id() == acme.get(0)).findFirst().orElseThrow());
        assertThat(doorman.all()).isEqualTo(1);
        worker.claimOnly(acme.get(2));
        assertThat(worker.claim(1)).isEmpty();
    }

    @Test
    default void whoeverLeavesRunningMakesRoomAndComesBackByTheGate() {
        var b = bench();
        limit(Map.of("tenant", 1));
        var ids = b.enqueue(2, acme());
        var doorman = b.doorman();
        var worker = b.worker();
        doorman.all();

        var first = worker.claimOnly(ids.get(0));
        b.store().giveBack(worker.id(), List.of(first.claim()));
        assertThat(worker.claim(10)).isEmpty();
        doorman.all();
        var second = worker.claimOne();
        assertThat(worker.claim(10)).isEmpty();

        worker.fail(second, Duration.ofSeconds(10));
        doorman.all();
        var third = worker.claimOne();
        assertThat(third.id()).isNotEqualTo(second.id());
        b.advance(Duration.ofSeconds(20));
        assertThat(b.promoteAll()).isEqualTo(1);
        doorman.all();
        assertThat(worker.claim(10)).isEmpty();

        var observed = b.worker();
        b.bury(worker);
        doorman.all();
        var fourth = observed.claimOne();
        assertThat(observed.claim(10)).isEmpty();
        observed.report(observed.ends(fourth).discarded("enough"));
        doorman.all();
        var fifth = observed.claimOne();
        assertThat(observed.claim(10)).isEmpty();
        b.store().retry(List.of(fourth.id()), b.tick());
        doorman.all();
        assertThat(observed.claim(10)).isEmpty();
        observed.complete(fifth);
        doorman.all();
        observed.complete(observed.claimOnly(fourth.id()));
        assertThat(admitted()).isEmpty();
    }

    @Test
    default void whoeverIsCancelledOrExpiresMakesRoomWhereverItWaits() {
        var b = bench();
        limit(Map.of("tenant", 1));
        var ids = b.enqueue(6, acme());
        long brief = b.enqueue(acme().ttl(Duration.ofSeconds(5)));
        var doorman = b.doorman();
        doorman.all();
        long atGate = b.enqueue(acme());
        var now = b.tick();
        // one admitted, some in the line, one at the gate
        b.store().cancel(List.of(ids.get(0), ids.get(1), ids.get(3), atGate), "unwanted", now);
        doorman.all();
        var worker = b.worker();
        var running = worker.claimOnly(ids.get(2));
        b.advance(Duration.ofSeconds(10));
        assertThat(b.settleAll().expired()).isEqualTo(1);
        assertThat(b.stateName(brief)).isEqualTo(JobState.Name.EXPIRED);
        worker.complete(running);
        for (long id : List.of(ids.get(4), ids.get(5))) {
            doorman.all();
            worker.complete(worker.claimOnly(id));
        }
        assertThat(doorman.all()).isZero();
        assertThat(admitted()).isEmpty();
    }

    @Test
    default void theHighestPriorityOfALineGoesFirstThenWhoCameFirst() {
        var b = bench();
        limit(Map.of("tenant", 1));
        long holder = b.enqueue(acme());
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        var running = worker.claimOnly(holder);
        long low = b.enqueue(acme().at(1));
        long usual = b.enqueue(acme());
        doorman.all();
        long next = b.enqueue(acme());
        long high = b.enqueue(acme().at(9));
        doorman.all();
        for (long id : List.of(high, usual, next, low)) {
            worker.complete(running);
            doorman.all();
            running = worker.claimOnly(id);
        }
    }

    @Test
    default void aJobWithSeveralKeysTakesAllOrNone() {
        var b = bench();
        limit(Map.of("tenant", 1, "host", 1));
        long both = b.enqueue(acme().key("host", "h"));
        long tenant = b.enqueue(acme());
        long host = b.enqueue(b.job().key("host", "h"));
        long mixed = b.enqueue(b.job().key("tenant", "other").key("host", "h"));
        long free = b.enqueue(b.job().key("tenant", "other"));
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        var first = worker.claimOnly(both);
        // the one that waits for its host holds no place of its tenant
        var second = worker.claimOnly(free);
        assertThat(worker.claim(10)).isEmpty();
        assertThat(holding(tenant)).contains(key("tenant", "acme"));
        worker.complete(first);
        doorman.all();
        assertThat(Bench.ids(worker.claim(10))).containsExactlyInAnyOrder(tenant, host);
        assertThat(holding(mixed)).contains(key("host", "h"));
        worker.complete(second);
        assertThat(doorman.all()).isZero();
    }

    @Test
    default void aJobThatHasRoomByOneKeyAndNoneByAnotherChangesLinesOnly() {
        var b = bench();
        limit(Map.of("tenant", 1, "host", 1));
        long tenant = b.enqueue(acme());
        long host = b.enqueue(b.job().key("host", "h"));
        long both = b.enqueue(acme().key("host", "h"));
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        var running = worker.claim(10);
        assertThat(Bench.ids(running)).containsExactlyInAnyOrder(tenant, host);
        var held = holding(both).orElseThrow();
        long first = held.name().equals("tenant") ? tenant : host;
        running.stream().filter(job -> job.id() == first).forEach(worker::complete);
        doorman.all();
        assertThat(worker.claim(10)).isEmpty();
        assertThat(holding(both)).isPresent().get().isNotEqualTo(held);
        running.stream().filter(job -> job.id() != first).forEach(worker::complete);
        doorman.all();
        worker.claimOnly(both);
    }

    @Test
    default void whatAnEarlierEpochDecidedMovesNothing() {
        var b = bench();
        limit(Map.of("tenant", 1));
        var ids = b.enqueue(2, acme());
        var frozen = b.doorman();
        var seen = gate().entrants();
        assertThat(seen).hasSize(2);
        var next = b.doorman(b.reopen());
        assertThat(next.epoch()).isGreaterThan(frozen.epoch());
        next.all();
        assertThat(limits().move(frozen.epoch(), List.of(seen.get(1).admitted()))).isEmpty();
        assertThat(limits().move(next.epoch() + 1, List.of(seen.get(1).admitted()))).isEmpty();
        assertThat(frozen.all()).isZero();
        b.worker().claimOnly(ids.get(0));
        // what is no longer where it was seen stays in any epoch
        assertThat(limits().move(next.epoch(), List.of(seen.get(0).admitted()))).contains(Set.of());
    }

    @Test
    default void whoTakesOverCountsWhatIsAdmittedAndGoesOnWithTheLines() {
        var b = bench();
        limit(Map.of("tenant", 2));
        var ids = b.enqueue(5, acme());
        b.doorman().all();
        var worker = b.worker();
        var running = worker.claimOnly(ids.get(0));
        var second = b.doorman(b.reopen());
        assertThat(second.all()).isZero();
        worker.complete(running);
        assertThat(b.doorman(b.reopen()).all()).isEqualTo(1);
        assertThat(Bench.ids(worker.claim(10))).containsExactly(ids.get(1), ids.get(2));
    }

    @Test
    default void aLimitThatIsRaisedLoweredOrLiftedHoldsFromThenOn() {
        var b = bench();
        limit(Map.of("tenant", 1));
        var ids = b.enqueue(6, acme());
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        var running = new ArrayList<ClaimedJob>(worker.claim(10));
        assertThat(running).hasSize(1);
        limit(Map.of("tenant", 3));
        b.advance(Duration.ofSeconds(2));
        doorman.all();
        running.addAll(worker.claim(10));
        assertThat(running).hasSize(3);
        limit(Map.of("tenant", 1));
        b.advance(Duration.ofSeconds(2));
        worker.complete(running.removeFirst());
        worker.complete(running.removeFirst());
        assertThat(doorman.all()).isZero();
        worker.complete(running.removeFirst());
        assertThat(doorman.all()).isEqualTo(1);
        limits().limit(Bench.QUEUE, QueueLimits.NONE);
        b.advance(Duration.ofSeconds(2));
        doorman.all();
        assertThat(Bench.ids(worker.claim(10))).containsExactly(ids.get(3), ids.get(4), ids.get(5));
    }

    @Test
    default void aLongLineHidesNobodyBehindIt() {
        var b = bench();
        limit(Map.of("tenant", 1));
        for (int i = 0; i < 3; i++) {
            b.enqueue(1_000, acme().at(9));
        }
        var others =
                IntStream.range(0, 50)
                        .mapToObj(i -> b.enqueue(b.job().key("tenant", "t" + i)))
                        .toList();
        var doorman = b.doorman();
        doorman.all();
        var claimed = b.worker().claim(1_000);
        assertThat(claimed).hasSize(51);
        assertThat(Bench.ids(claimed)).containsAll(others);
        assertThat(doorman.all()).isZero();
    }

    @Test
    default void thoseInLinesAreListedAmongTheAvailableAndCountedApart() {
        var b = bench();
        limit(Map.of("tenant", 1));
        var ids = new ArrayList<>(b.enqueue(3, acme()));
        ids.add(0, b.enqueue(acme().at(9)));
        b.doorman().all();
        var other = b.enqueue(b.job().in("other").key("tenant", "acme"));
        long plain = b.enqueue(b.job().at(8));
        var filter = new JobFilter(JobState.Name.AVAILABLE, Bench.QUEUE, null, null, null);
        var listed = new ArrayList<Long>();
        String cursor = null;
        do {
            var page = b.store().ids(filter, 2, cursor);
            listed.addAll(page.ids());
            cursor = page.next();
        } while (cursor != null);
        assertThat(listed).hasSize(5).doesNotContain(other).containsAll(ids).contains(plain);
        assertThat(listed.subList(0, 2)).containsExactly(ids.get(0), plain);
        var queue =
                b.store().queues().stream()
                        .filter(each -> each.queue().equals(Bench.QUEUE))
                        .findFirst()
                        .orElseThrow();
        assertThat(queue.available()).isEqualTo(2);
        assertThat(queue.blocked()).isEqualTo(3);
        assertThat(b.store().kinds()).doesNotHaveDuplicates().hasSize(2);
    }

    @Test
    default void aLineIsGoneOnceItsKeyIsDoneWith() {
        var b = bench();
        limit(Map.of("tenant", 1));
        b.enqueue(2, acme());
        var doorman = b.doorman();
        doorman.all();
        var worker = b.worker();
        assertThat(limits().lines(0)).containsValue(key("tenant", "acme"));
        for (int i = 0; i < 2; i++) {
            doorman.all();
            worker.complete(worker.claimOne());
        }
        doorman.all();
        doorman.round();
        assertThat(limits().lines(0)).isEmpty();
        var again = b.enqueue(2, acme());
        doorman.all();
        worker.claimOnly(again.get(0));
        assertThat(holding(again.get(1))).isPresent();
    }

    private void rate(KeyRate.Kind kind, int count, Duration per) {
        limits().limit(
                        Bench.QUEUE,
                        QueueLimits.NONE.withRate("host", new KeyRate(kind, count, per)));
    }

    /** How many are let through within a time, looked at in many steps. */
    private int admittedWithin(Doorman doorman, Duration time) {
        int moved = 0;
        for (var end = bench().now().plus(time); bench().now().isBefore(end); ) {
            bench().advance(Duration.ofMillis(5));
            moved += doorman.round();
        }
        return moved;
    }

    @Test
    default void aBucketLetsAsManyThroughAsItHoldsAndThenAsItFills() {
        var b = bench();
        rate(KeyRate.Kind.BUCKET, 10, Duration.ofSeconds(1));
        b.enqueue(200, b.job().key("host", "h"));
        var other = b.enqueue(b.job().key("host", "other"));
        var doorman = b.doorman();
        doorman.round();
        // what was let through before this epoch is not known, so the bucket is empty
        assertThat(admitted()).isEmpty();
        assertThat(admittedWithin(doorman, Duration.ofSeconds(1))).isBetween(9, 12);
        assertThat(admitted()).contains(other);
        assertThat(admittedWithin(doorman, Duration.ofSeconds(2))).isBetween(19, 21);
        b.advance(Duration.ofMinutes(1));
        assertThat(doorman.round()).isEqualTo(10);
        assertThat(admittedWithin(doorman, Duration.ofSeconds(1))).isBetween(9, 11);
    }

    @Test
    default void aWindowNeverHoldsMoreThanItsCountWhereverItBegins() {
        var b = bench();
        rate(KeyRate.Kind.WINDOW, 3, Duration.ofSeconds(1));
        b.enqueue(60, b.job().key("host", "h"));
        var doorman = b.doorman();
        doorman.round();
        assertThat(admittedWithin(doorman, Duration.ofMillis(900))).isZero();
        var times = new ArrayList<Long>();
        for (int i = 0; i < 1_000; i++) {
            b.advance(Duration.ofMillis(4));
            int moved = doorman.round();
            for (int j = 0; j < moved; j++) {
                times.add(b.now().toEpochMilli());
            }
        }
        assertThat(times).hasSizeGreaterThan(9);
        for (int i = 3; i < times.size(); i++) {
            assertThat(times.get(i) - times.get(i - 3)).isGreaterThanOrEqualTo(990);
        }
    }

    @Test
    default void aRateAndALimitOfOneKeyHoldTogether() {
        var b = bench();
        limits().limit(
                        Bench.QUEUE,
                        new QueueLimits(
                                Map.of("host", 2),
                                Map.of(
                                        "host",
                                        new KeyRate(
                                                KeyRate.Kind.BUCKET, 4, Duration.ofSeconds(1)))));
        b.enqueue(20, b.job().key("host", "h"));
        var doorman = b.doorman();
        admittedWithin(doorman, Duration.ofSeconds(3));
        var worker = b.worker();
        // the bucket filled up again behind the first two
        for (int i = 0; i < 3; i++) {
            var claimed = worker.claim(10);
            assertThat(claimed).hasSize(2);
            claimed.forEach(worker::complete);
            doorman.round();
        }
        assertThat(worker.claim(10)).isEmpty();
        admittedWithin(doorman, Duration.ofMillis(600));
        assertThat(worker.claim(10)).hasSize(2);
        assertThat(limits().limits().getOrDefault(Bench.QUEUE, QueueLimits.NONE).rates())
                .containsKey("host");
    }

    @Test
    default void aLimitOfTheWholeQueueCountsJobsWithKeysToo() {
        var b = bench();
        b.store().control(Bench.QUEUE, new QueueControl(false, 2));
        b.enqueue(2, acme());
        long plain = b.enqueue(b.job());
        b.doorman().all();
        var worker = b.worker();
        worker.pulse();
        var claimed = worker.claim(10);
        assertThat(claimed).hasSize(2);
        assertThat(worker.claim(10)).isEmpty();
        claimed.forEach(worker::complete);
        assertThat(worker.claim(10)).hasSize(1);
        assertThat(b.find(plain)).isNotNull();
    }

    @Test
    default void whateverHappensNoKeyIsEverOverItsLimitAndNobodyIsStuck() {
        new LimitFuzz(bench(), Seeds.draw("limits")).run();
    }

    /**
     * What this seed comes to: the line of one key is empty just when a head of another joins it.
     */
    @Test
    default void aLineThatIsJoinedWhenItHasJustEmptiedIsNotForgotten() {
        new LimitFuzz(bench(), 221782234783304L).run();
    }
}
