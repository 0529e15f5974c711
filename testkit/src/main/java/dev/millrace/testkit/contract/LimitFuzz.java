package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Gate;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.QueueLimits;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Jobs with one key, two or none, which all share something and some of which weigh more, workers
 * that end them in every way, die and are cleared away, keys that are paused, and those who admit,
 * of whom earlier ones go on as if they still held the lease. After each step nobody is over a
 * limit; in the end everything has run.
 */
final class LimitFuzz {
    private static final int STEPS = 400;
    private static final Map<String, Integer> LIMITS = Map.of("tenant", 2, "host", 1);
    private static final int SHARED = 4;
    private static final QueueLimits LIMITED =
            new QueueLimits(LIMITS).withShared("upstream", SHARED);

    private final Bench bench;
    private final LimitStore limits;
    private final Random random;
    private final List<Doorman> doormen = new ArrayList<>();
    private final List<Hand> workers = new ArrayList<>();
    private final Map<Long, Held> running = new HashMap<>();
    private final List<Long> jobs = new ArrayList<>();

    /** A running job and who runs it. */
    private record Held(ClaimedJob job, Hand worker) {}

    LimitFuzz(Bench bench, long seed) {
        this.bench = bench;
        this.limits = bench.store().limits();
        this.random = new Random(seed);
    }

    void run() {
        limits.limit(Bench.QUEUE, LIMITED);
        doormen.add(bench.doorman());
        workers.add(bench.worker());
        workers.add(bench.worker());
        for (int i = 0; i < STEPS; i++) {
            step();
            check();
        }
        drain();
    }

    private void step() {
        switch (random.nextInt(15)) {
            case 0, 1, 2 -> enqueue();
            case 3, 4 -> doormen.getLast().round();
            case 5 -> doormen.get(random.nextInt(doormen.size())).round();
            case 6 -> doormen.add(bench.doorman());
            case 7, 8 -> claim(workers.get(random.nextInt(workers.size())));
            case 9, 10 -> end();
            case 11 -> bench.promoteAll();
            case 12 -> cancel();
            case 13 -> pause();
            default -> die();
        }
    }

    private void enqueue() {
        var draft = bench.job().at(random.nextInt(3));
        int kind = random.nextInt(5);
        if (kind == 0 || kind == 2 || kind == 3) {
            draft = draft.key("tenant", "t" + random.nextInt(3));
        }
        if (kind > 0 && kind < 4) {
            draft = draft.key("host", "h" + random.nextInt(2));
        }
        if (random.nextInt(4) == 0) {
            draft = draft.weight(2 + random.nextInt(4));
        }
        if (random.nextInt(5) == 0) {
            draft = draft.due(bench.now().plus(Duration.ofMillis(50)));
        }
        jobs.addAll(bench.enqueue(1 + random.nextInt(3), draft));
    }

    private void claim(Hand worker) {
        for (var job : worker.claim(1 + random.nextInt(3))) {
            running.put(job.id(), new Held(job, worker));
        }
    }

    private void end() {
        if (running.isEmpty()) {
            return;
        }
        var all = List.copyOf(running.values());
        var held = all.get(random.nextInt(all.size()));
        var job = held.job();
        var worker = held.worker();
        long id = job.id();
        running.remove(id);
        switch (random.nextInt(6)) {
            case 0 -> bench.store().giveBack(worker.id(), List.of(job.claim()));
            case 1 -> worker.fail(job, Duration.ofMillis(random.nextInt(100)));
            case 2 -> worker.fail(job, Duration.ZERO);
            case 3 -> {
                worker.report(worker.ends(job).discarded("enough"));
                bench.store().retry(List.of(id), bench.tick());
            }
            default -> worker.complete(job);
        }
    }

    private void pause() {
        var key = new LimitKey(Bench.QUEUE, "host", "h" + random.nextInt(2));
        var any = random.nextInt(4) == 0 ? LimitKey.shared("upstream") : key;
        limits.pause(any, bench.now().plusMillis(random.nextInt(300)), bench.now());
    }

    private void cancel() {
        if (!jobs.isEmpty()) {
            long id = jobs.get(random.nextInt(jobs.size()));
            bench.store().cancel(List.of(id), "unwanted", bench.tick());
        }
    }

    private void die() {
        if (random.nextInt(3) > 0) {
            return;
        }
        var dead = workers.remove(random.nextInt(workers.size()));
        workers.add(bench.worker());
        bench.bury(dead);
        running.values().removeIf(held -> held.worker().id() == dead.id());
    }

    /** Counted anew from the rows, by keys read from the bodies. */
    private void check() {
        var counts = new HashMap<LimitKey, Integer>();
        var admitted = admitted();
        limits.keys(admitted)
                .values()
                .forEach(job ->
                        job.under(LIMITED)
                                .forEach(key ->
                                        counts.merge(
                                                key,
                                                Math.min(job.weight(), limit(key)),
                                                Integer::sum)));
        counts.forEach((key, count) ->
                assertThat(count).as("admitted jobs of " + key).isLessThanOrEqualTo(limit(key)));
        assertThat(admitted).as("jobs that run, all admitted").containsAll(running.keySet());
    }

    private static int limit(LimitKey key) {
        return key.isShared() ? SHARED : LIMITS.getOrDefault(key.name(), 0);
    }

    private Set<Long> admitted() {
        var gated = Set.of(Bench.QUEUE);
        return limits.gate(new Gate.Look(Set.of(), 100_000, gated, 1, false, bench.now()))
                .admitted();
    }

    private void drain() {
        var worker = workers.getFirst();
        for (int i = 0; i < 10_000 && !isDone(); i++) {
            bench.advance(Duration.ofMillis(200));
            bench.promoteAll();
            bench.settleAll();
            doormen.getLast().round();
            check();
            claim(worker);
            running.values().forEach(held -> held.worker().complete(held.job()));
            running.clear();
        }
        assertThat(jobs)
                .as("jobs that have not ended")
                .allSatisfy(id -> assertThat(hasEnded(id)).as("job %d", id).isTrue());
        assertThat(admitted()).isEmpty();
    }

    private boolean isDone() {
        return running.isEmpty() && jobs.stream().allMatch(this::hasEnded);
    }

    private boolean hasEnded(long id) {
        return switch (bench.stateName(id)) {
            case COMPLETED, CANCELLED, EXPIRED, DISCARDED -> true;
            case SCHEDULED, AVAILABLE, RUNNING -> false;
        };
    }
}
