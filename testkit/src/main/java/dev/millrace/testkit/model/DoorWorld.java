package dev.millrace.testkit.model;

import dev.millrace.job.Durability;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.job.KindVersion;
import dev.millrace.limit.Admitter;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Entrant;
import dev.millrace.store.Gate;
import dev.millrace.store.KeyedJob;
import dev.millrace.store.LimitKey;
import dev.millrace.store.LimitStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.QueueLimits;
import dev.millrace.store.WorkerInfo;
import dev.millrace.testkit.Endings;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * One state of a store with jobs that have keys, of those who admit and of a worker. Those who
 * admit run the real rounds; between the looks and the move of one anything may happen.
 */
final class DoorWorld {
    static final String QUEUE = "q";
    static final int DOORS = 2;
    private static final KindVersion KIND = new KindVersion("k", 1);
    private static final List<Map<String, String>> KEYS =
            List.of(
                    Map.of("tenant", "a"),
                    Map.of("tenant", "a"),
                    Map.of("tenant", "a", "host", "h"),
                    Map.of("host", "h"));

    final MemoryStore store;
    final int jobs;
    int takeovers;
    int returns = 1;
    private final UnaryOperator<LimitStore> door;
    private final boolean[] sent;
    private final long[] epochs = new long[DOORS];
    private final @Nullable MemoryStore[] looks = new @Nullable MemoryStore[DOORS];
    private final List<ClaimedJob> running = new ArrayList<>();
    private final long worker;
    private long lastClaim;

    DoorWorld(MemoryStore store, int jobs, int takeovers, UnaryOperator<LimitStore> door) {
        this.store = store;
        this.jobs = jobs;
        this.takeovers = takeovers + 1;
        this.door = door;
        this.sent = new boolean[jobs];
        this.worker = store.register(new WorkerInfo("w", "1", Map.of(QUEUE, 4), FakeClock.START));
        take(0);
    }

    private DoorWorld(DoorWorld from) {
        store = from.store.copy();
        jobs = from.jobs;
        takeovers = from.takeovers;
        returns = from.returns;
        door = from.door;
        sent = from.sent.clone();
        worker = from.worker;
        lastClaim = from.lastClaim;
        running.addAll(from.running);
        System.arraycopy(from.epochs, 0, epochs, 0, DOORS);
        System.arraycopy(from.looks, 0, looks, 0, DOORS);
    }

    DoorWorld copy() {
        return new DoorWorld(this);
    }

    boolean isSent(int index) {
        return sent[index];
    }

    boolean hasEpoch(int index) {
        return epochs[index] > 0;
    }

    boolean hasLooked(int index) {
        return looks[index] != null;
    }

    int running() {
        return running.size();
    }

    void enqueue(int index) {
        sent[index] = true;
        store.enqueue(
                List.of(
                        new NewJob(
                                index + 1L,
                                QUEUE,
                                KIND.kind(),
                                KIND.version(),
                                4,
                                "{}",
                                10,
                                null,
                                List.of(),
                                FakeClock.START,
                                null,
                                new JobTerms(null, null, null, KEYS.get(index)),
                                List.of(),
                                Durability.DISK)),
                false);
    }

    /** Takes the lease; whoever had it does not know, and goes on. */
    void take(int index) {
        takeovers--;
        var seen = store.leases().look(LimitStore.LEASE);
        var taken = store.leases().take(LimitStore.LEASE, "door " + index, seen, FakeClock.START);
        epochs[index] = taken.epoch();
        looks[index] = null;
    }

    /** What it reads from now on is what stands now. */
    void look(int index) {
        looks[index] = store.copy();
    }

    /** Decides by what it saw, and moves what stands now. */
    void move(int index) {
        var look = looks[index];
        if (look != null) {
            looks[index] = null;
            round(look, epochs[index]);
        }
    }

    private void round(MemoryStore look, long epoch) {
        var eyes = door.apply(new Stale(look.limits(), store.limits()));
        new Admitter(
                        new MemoryStore() {
                            @Override
                            public LimitStore limits() {
                                return eyes;
                            }
                        },
                        () -> OptionalLong.of(epoch),
                        Clock.fixed(FakeClock.START, ZoneOffset.UTC),
                        () -> 0,
                        RandomGenerator.getDefault())
                .round();
    }

    void claim() {
        running.addAll(
                store.claim(
                        new ClaimRequest(
                                worker,
                                ++lastClaim,
                                QUEUE,
                                Set.of(KIND),
                                1,
                                true,
                                FakeClock.START)));
    }

    void complete(int index) {
        var job = running.remove(index);
        store.complete(
                List.of(
                        new Endings(job, worker, FakeClock.START, FakeClock.START)
                                .completed(null)));
    }

    void giveBack(int index) {
        returns--;
        store.giveBack(worker, List.of(running.remove(index).claim()));
    }

    /** No more faults: all is sent, one admits, and what is claimed ends. */
    void settle() {
        for (int i = 0; i < jobs; i++) {
            if (!sent[i]) {
                enqueue(i);
            }
        }
        take(0);
        for (int i = 0; i < 3 * jobs + 3; i++) {
            while (!running.isEmpty()) {
                complete(0);
            }
            round(store.copy(), epochs[0]);
            claim();
        }
    }

    Map<LimitKey, Integer> admittedByKey() {
        var counts = new HashMap<LimitKey, Integer>();
        var ids =
                store.inspector().positions().stream()
                        .filter(position -> position.state() == JobState.Name.RUNNING)
                        .map(position -> position.jobId())
                        .toList();
        var all = new ArrayList<>(ids);
        all.addAll(claimable());
        store.limits()
                .keys(all)
                .values()
                .forEach(job ->
                        job.under(QueueLimits.NONE)
                                .forEach(key -> counts.merge(key, job.weight(), Integer::sum)));
        return counts;
    }

    /** Who would be claimed now. */
    private List<Long> claimable() {
        var trial = store.copy();
        return trial
                .claim(
                        new ClaimRequest(
                                worker,
                                Long.MAX_VALUE,
                                QUEUE,
                                Set.of(KIND),
                                100,
                                true,
                                FakeClock.START))
                .stream()
                .map(ClaimedJob::id)
                .toList();
    }

    /** The same for two states from which the same can follow. */
    String key() {
        var text = new StringBuilder().append(takeovers).append(returns);
        for (int i = 0; i < DOORS; i++) {
            var look = looks[i];
            text.append('|').append(epochs[i]).append(look == null ? "" : outline(look));
        }
        text.append('|').append(outline(store)).append('|');
        running.forEach(job -> text.append(job.id()).append(','));
        return text.toString();
    }

    private static String outline(MemoryStore of) {
        var limits = of.limits();
        var lines = limits.lines(0);
        var wanted = new TreeMap<Integer, Integer>();
        lines.keySet().forEach(line -> wanted.put(line, 100));
        var text = new StringBuilder();
        gate(limits).entrants().forEach(e -> text.append(e.jobId()).append(' '));
        text.append(lines);
        limits.heads(wanted, false)
                .forEach(e ->
                        text.append(e.place().lane()).append(':').append(e.jobId()).append(' '));
        of.inspector()
                .positions()
                .forEach(p -> text.append(p.jobId()).append(p.state().name()).append(' '));
        return text.append(gate(limits).admitted()).toString();
    }

    private static Gate gate(LimitStore limits) {
        return limits.gate(new Gate.Look(Set.of(), 100_000, Set.of(), 100, false, FakeClock.START));
    }

    /** Reads as things stood, writes to things as they stand. */
    private record Stale(LimitStore then, LimitStore now) implements LimitStore {
        @Override
        public Map<String, QueueLimits> limits() {
            return then.limits();
        }

        @Override
        public void limit(String queue, QueueLimits limits) {
            now.limit(queue, limits);
        }

        @Override
        public void declare(String queue, QueueLimits limits) {
            now.declare(queue, limits);
        }

        @Override
        public Gate gate(Gate.Look look) {
            return then.gate(look);
        }

        @Override
        public Map<Long, KeyedJob> keys(Collection<Long> jobIds) {
            return then.keys(jobIds);
        }

        @Override
        public Map<LimitKey, Integer> lines(Collection<LimitKey> keys) {
            return now.lines(keys);
        }

        @Override
        public Map<Integer, LimitKey> lines(int after) {
            return then.lines(after);
        }

        @Override
        public void remove(long epoch, Collection<Integer> lines) {
            now.remove(epoch, lines);
        }

        @Override
        public List<Entrant> heads(Map<Integer, Integer> wanted, boolean aged) {
            return then.heads(wanted, aged);
        }

        @Override
        public Set<String> pausedQueues() {
            return then.pausedQueues();
        }

        @Override
        public List<Entrant> ready(Set<String> queues, int max) {
            return then.ready(queues, max);
        }

        @Override
        public Optional<Set<Long>> move(long epoch, List<Entrant.Move> moves) {
            return now.move(epoch, moves);
        }

        @Override
        public void pause(LimitKey key, Instant until, Instant now) {
            this.now.pause(key, until, now);
        }

        @Override
        public Map<LimitKey, Instant> paused(Collection<LimitKey> keys, Instant now) {
            return then.paused(keys, now);
        }

        @Override
        public Map<Long, LimitKey> holding(Collection<Long> jobIds) {
            return then.holding(jobIds);
        }
    }
}
