package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.UniqueKey;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.Ending;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.PruneRules;
import dev.millrace.store.PruneRules.Rule;
import dev.millrace.testkit.KeyRow;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/** What retention removes. */
interface PruneContract extends Contract {
    private void prune(PruneRules rules, int max) {
        long after = 0;
        for (int i = 0; i < 10_000; i++) {
            long next = bench().store().prune(rules, after, max);
            if (next == 0) {
                return;
            }
            assertThat(next).as("where to go on").isGreaterThan(after);
            after = next;
        }
        throw new AssertionError("pruning did not come to an end");
    }

    /** Notes what must be gone and checks that nothing else is. */
    private void assertGone(List<Long> all, List<Long> gone) {
        var left = all.stream().filter(id -> bench().store().find(id).isPresent()).toList();
        assertThat(left)
                .containsExactlyElementsOf(all.stream().filter(id -> !gone.contains(id)).toList());
        bench().pruned(gone);
    }

    private long ended(Hand worker, String queue, boolean discarded) {
        var b = bench();
        long id = b.enqueue(b.job().in(queue));
        var job = worker.claim(queue, Set.of(Bench.WORK), 1).getFirst();
        worker.report(
                discarded ? worker.ends(job).discarded("no") : worker.ends(job).completed(null));
        return id;
    }

    @Test
    default void eachQueueHasItsOwnRuleAndTheOthersShareOne() {
        var b = bench();
        var worker = b.worker();
        var all = new ArrayList<Long>();
        for (int round = 0; round < 2; round++) {
            for (var queue : List.of("short", "long", "q", "r")) {
                all.add(ended(worker, queue, false));
                all.add(ended(worker, queue, true));
            }
            b.advance(Duration.ofHours(1));
        }
        // the first round lies 2 h back, the second 1 h
        var now = b.now();
        var rules =
                new PruneRules(
                        now,
                        Map.of(
                                "short",
                                new Rule(now, now),
                                "long",
                                new Rule(now.minus(Duration.ofDays(1)), null)),
                        new Rule(now.minus(Duration.ofMinutes(90)), now.minus(Duration.ofDays(1))));
        prune(rules, 3);
        assertGone(
                all,
                List.of(all.get(0), all.get(1), all.get(4), all.get(6), all.get(8), all.get(9)));
    }

    @Test
    default void discardedJobsGoByTheirOwnRuleOnly() {
        var b = bench();
        var worker = b.worker();
        long old = ended(worker, "q", true);
        b.advance(Duration.ofHours(1));
        var line = b.tick();
        long young = ended(worker, "q", true);
        long finished = ended(worker, "q", false);
        b.advance(Duration.ofHours(1));
        var all = List.of(old, young, finished);
        prune(PruneRules.finishedBefore(line), 100);
        assertGone(all, List.of());
        prune(new PruneRules(b.now(), Map.of(), new Rule(Instant.EPOCH, line)), 100);
        assertGone(all, List.of(old));
        assertThat(b.stateName(young)).isEqualTo(JobState.Name.DISCARDED);
        b.store().retry(List.of(young), b.tick());
        worker.complete(worker.claimOnly(young));
        assertThat(b.store().queues().getFirst().discarded()).isZero();
    }

    @Test
    default void whatEndedAtTheVeryMomentStays() {
        var b = bench();
        var worker = b.worker();
        long finished = ended(worker, "q", false);
        var finishedAt = b.now();
        long discarded = ended(worker, "q", true);
        var discardedAt = b.now();
        var all = List.of(finished, discarded);
        prune(new PruneRules(b.now(), Map.of(), new Rule(finishedAt, discardedAt)), 100);
        assertGone(all, List.of());
        var after = Duration.ofNanos(1000);
        prune(
                new PruneRules(
                        b.now(),
                        Map.of(),
                        new Rule(finishedAt.plus(after), discardedAt.plus(after))),
                100);
        assertGone(all, all);
    }

    @Test
    default void cancelledAndExpiredJobsGoAsFinishedOnes() {
        var b = bench();
        var cancelled = b.enqueue(3, b.job());
        b.store().cancel(cancelled, "no", b.tick());
        var expired = b.enqueue(3, b.job().ttl(Duration.ofSeconds(1)));
        long left = b.enqueue(b.job());
        b.advance(Duration.ofSeconds(2));
        b.settleAll();
        var all = new ArrayList<>(cancelled);
        all.addAll(expired);
        var gone = List.copyOf(all);
        all.add(left);
        prune(PruneRules.finishedBefore(b.tick()), 2);
        assertGone(all, gone);
    }

    @Test
    default void liveJobsStayHoweverOldAndWhateverTheRule() {
        var b = bench();
        var worker = b.worker();
        long running = b.enqueue(b.job());
        var job = worker.claimOnly(running);
        long failed = b.enqueue(b.job());
        worker.fail(worker.claimOnly(failed), Duration.ofDays(300));
        long retried = ended(worker, "q", true);
        b.store().retry(List.of(retried), b.tick());
        long scheduled = b.enqueue(b.job().due(b.now().plus(Duration.ofDays(300))));
        var all = List.of(running, failed, retried, scheduled);
        b.advance(Duration.ofDays(100));
        var now = b.now();
        prune(new PruneRules(now, Map.of(), new Rule(now, now)), 2);
        assertGone(all, List.of());
        worker.complete(job);
        assertThat(b.find(failed).attempts()).hasSize(1);
    }

    @Test
    default void passedWindowsArePrunedAndHeldKeysStay() {
        var b = bench();
        var hour = Duration.ofHours(1);
        long live = b.keyed(b.job().unique("live")).jobId();
        long passed = b.keyed(b.job().unique(UniqueKey.whileLive("passed").within(hour))).jobId();
        b.keyed(b.job().idempotent("i", "x"));
        b.advance(hour.plusMinutes(1));
        long open = b.keyed(b.job().unique(UniqueKey.whileLive("open").within(hour))).jobId();
        prune(new PruneRules(b.now(), Map.of(), new Rule(Instant.EPOCH, null)), 100);
        assertThat(b.keys()).extracting(KeyRow::key).containsExactlyInAnyOrder("live", "open", "i");
        assertThat(b.holder("open")).isEqualTo(open);
        assertThat(b.keyed(b.job().idempotent("i", "x")).how()).isEqualTo(How.DUPLICATE);
        b.advance(Duration.ofHours(24));
        prune(new PruneRules(b.now(), Map.of(), new Rule(Instant.EPOCH, null)), 100);
        assertThat(b.keys()).containsExactly(new KeyRow(0, "live", live, null));
        assertThat(b.stateName(passed)).isEqualTo(JobState.Name.AVAILABLE);
        assertThat(b.holder("live")).isEqualTo(live);
    }

    @Test
    default void manyPassedWindowsGoWithinAsManyStepsAsTheirNumberNeeds() {
        var b = bench();
        var window = Duration.ofSeconds(1);
        var drafts =
                IntStream.range(0, 100)
                        .mapToObj(i -> b.job().unique(UniqueKey.whileLive("k" + i).within(window)))
                        .toList();
        b.keyed(b.store(), b.newJobs(drafts), false);
        b.advance(Duration.ofSeconds(2));
        var rules = new PruneRules(b.now(), Map.of(), new Rule(Instant.EPOCH, null));
        for (int i = 0; i < 10; i++) {
            b.store().prune(rules, 0, 10);
        }
        assertThat(b.keys()).isEmpty();
    }

    @Test
    default void aKeyOutlivesItsPrunedJobUntilItsWindowHasPassed() {
        var b = bench();
        var worker = b.worker();
        var day = UniqueKey.whileLive("k").within(Duration.ofDays(1));
        long id = b.keyed(b.job().unique(day)).jobId();
        worker.complete(worker.claimOnly(id));
        b.advance(Duration.ofHours(1));
        prune(PruneRules.finishedBefore(b.now()), 100);
        assertGone(List.of(id), List.of(id));
        assertThat(b.holder("k")).isEqualTo(id);
        assertThat(b.keyed(b.job().unique("k")).how()).isEqualTo(How.DUPLICATE);
        b.advance(Duration.ofDays(1));
        assertThat(b.keyed(b.job().unique("k")).how()).isEqualTo(How.NEW);
    }

    private NewItem joining() {
        var b = bench();
        long id = b.store().reserveIds(1).first();
        var jobs =
                b.newJobs(
                        List.of(
                                b.job().in("part"),
                                b.job().in("join").due(Ending.Next.Waiting.FOR_EVER)));
        var batch =
                new NewBatch(
                        id,
                        0,
                        "grade",
                        "acme",
                        b.tick(),
                        jobs.getLast().inBatch(id),
                        null,
                        null,
                        true);
        return new NewItem(batch, jobs.getFirst().inBatch(id));
    }

    private static Ending counted(Ending ending, long batch) {
        return ending.with(new Ending.Follow(batch, List.of()));
    }

    private void settle() {
        while (bench().store().batches().settle(bench().tick(), 100).counted() > 0) {
            // to the end
        }
    }

    @Test
    default void whatAJoinWillReadStaysUntilItsItemHasEnded() {
        var b = bench();
        var worker = b.worker();
        var item = joining();
        long id = item.batch().id();
        b.store().batches().submit(List.of(item), false);
        b.accepted(List.of(item.first(), Objects.requireNonNull(item.batch().onDone())));
        var part = worker.claim("part", Set.of(Bench.WORK), 1).getFirst();
        worker.report(counted(worker.ends(part).completed("1"), id));
        long plain = ended(worker, "q", false);
        b.advance(Duration.ofDays(30));
        prune(PruneRules.finishedBefore(b.now()), 100);
        assertGone(List.of(part.id(), plain), List.of(plain));
        settle();
        b.advance(Duration.ofDays(30));
        prune(PruneRules.finishedBefore(b.now()), 100);
        var join = worker.claim("join", Set.of(Bench.WORK), 1).getFirst();
        assertThat(b.store().find(part.id())).isPresent();
        worker.report(counted(worker.ends(join).completed("1"), id));
        settle();
        b.advance(Duration.ofDays(30));
        prune(PruneRules.finishedBefore(b.now()), 100);
        assertGone(List.of(part.id(), join.id()), List.of(part.id(), join.id()));
    }
}
