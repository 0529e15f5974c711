package dev.millrace.testkit.simulation;

import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.WorkerInfo;
import dev.millrace.upkeep.DeathWatch;
import dev.millrace.worker.JobRunner;
import dev.millrace.worker.LiveJob;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A worker process without threads: the engine's own {@code JobRunner} and {@code DeathWatch}, and
 * in between what its loops do, as things on an agenda. A frozen one does nothing until it thaws; a
 * dead one nothing more.
 */
final class SimulatedWorker {
    private static final Duration PULSE = Duration.ofMillis(500);
    private static final Duration FLUSH = Duration.ofMillis(20);
    private static final long HEARTBEAT_NANOS = Duration.ofSeconds(2).toNanos();
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final int SLOTS = 16;
    private static final int LOOKS_AFTER_DOUBT = 30;

    private final Simulation world;
    private final String name;
    private final DeathWatch watch =
            new DeathWatch(LEASE, Duration.ofSeconds(1), Duration.ofSeconds(3));
    private final ArrayDeque<LiveJob> ready = new ArrayDeque<>();
    private final Set<JobClaim> held = new HashSet<>();
    private final List<LiveJob> running = new ArrayList<>();
    private final List<Ending> pending = new ArrayList<>();
    private long id;
    private long beatNanos;
    private long frozenUntil;
    private boolean dead;
    private int doubts;
    private long claims;

    SimulatedWorker(Simulation world, String name) {
        this.world = world;
        this.name = name;
        soon(Duration.ZERO, this::pulse);
        soon(Duration.ZERO, this::claim);
    }

    /**
     * Whether it is up, unfrozen, and beat under this name within its lease: nobody may take the
     * jobs that it claimed under it.
     */
    boolean isSound(long workerId) {
        return !dead && workerId == id && world.agenda().nanos() >= frozenUntil && isFresh();
    }

    private boolean isFresh() {
        return id != 0 && world.agenda().nanos() - beatNanos < LEASE.toNanos();
    }

    void die() {
        dead = true;
        if (id != 0) {
            world.truth().freeLock(id);
        }
        running.forEach(live -> world.runs().ends(live, this));
    }

    boolean isDead() {
        return dead;
    }

    void freeze(Duration how) {
        frozenUntil = world.agenda().nanos() + how.toNanos();
    }

    /** Something this process does after a while, unless it is dead; later while frozen. */
    void soon(Duration wait, Runnable what) {
        world.agenda().after(wait, () -> whenAwake(what));
    }

    private void whenAwake(Runnable what) {
        if (dead) {
            return;
        }
        if (world.agenda().nanos() < frozenUntil) {
            world.agenda().at(frozenUntil, () -> whenAwake(what));
            return;
        }
        what.run();
    }

    private void register() {
        id =
                world.store()
                        .register(
                                new WorkerInfo(
                                        name, "sim", Map.of("q", SLOTS), world.clock().instant()));
        beatNanos = world.agenda().nanos();
        held.clear();
        doubts = 0;
    }

    private void pulse() {
        try {
            if (id == 0) {
                register();
            }
            long now = world.agenda().nanos();
            boolean beat = now - beatNanos >= HEARTBEAT_NANOS;
            var answer =
                    world.store()
                            .pulse(
                                    new Pulse(
                                            id,
                                            beat,
                                            running.size(),
                                            List.of(),
                                            world.clock().instant()));
            if (!answer.alive()) {
                wasDeclaredDead();
            } else {
                if (beat) {
                    beatNanos = now;
                }
                start();
                reconcile(answer.running());
                world.store().promote(world.clock().instant(), 100);
                watch.observe(answer.others(), now).forEach(this::rescue);
            }
        } catch (MillraceException unavailable) {
            world.expectUnavailable(unavailable);
            watch.interrupted();
        }
        soon(PULSE, this::pulse);
    }

    private void wasDeclaredDead() {
        id = 0;
        ready.clear();
        held.clear();
    }

    private void reconcile(int rows) {
        if (doubts == 0 && rows <= held.size()) {
            return;
        }
        doubts = Math.max(0, doubts - 1);
        var strangers =
                world.store().held(id, 0, 1000).stream()
                        .filter(claim -> !held.contains(claim))
                        .toList();
        world.store().giveBack(id, strangers);
    }

    private void rescue(Sighting sighting) {
        RescueAnswer answer;
        do {
            answer =
                    world.store()
                            .rescue(
                                    sighting.workerId(),
                                    sighting.beat(),
                                    4,
                                    world.clock().instant());
        } while (answer.outcome() == RescueAnswer.Outcome.MORE);
    }

    private void claim() {
        int free = SLOTS - running.size() - ready.size();
        if (id != 0 && free > 0) {
            try {
                var jobs =
                        world.store()
                                .claim(
                                        new ClaimRequest(
                                                id,
                                                (id << 32) + ++claims,
                                                "q",
                                                world.kinds(),
                                                free + 2,
                                                world.chance(0.3),
                                                world.clock().instant()));
                jobs.forEach(this::take);
                start();
            } catch (MillraceException e) {
                if (e.code() == MillraceException.Code.WORKER_LOST) {
                    wasDeclaredDead();
                } else {
                    world.expectUnavailable(e);
                    doubts = LOOKS_AFTER_DOUBT;
                }
            }
        }
        soon(world.upTo(Duration.ofMillis(200)), this::claim);
    }

    private void take(ClaimedJob job) {
        held.add(job.claim());
        ready.add(new LiveJob(job, id));
    }

    /** Starts what waits for a slot, but only on a beat younger than the lease. */
    private void start() {
        while (running.size() < SLOTS && !ready.isEmpty() && isFresh()) {
            var live = ready.poll();
            world.runs().starts(live, this);
            running.add(live);
            var length = world.upTo(Duration.ofMillis(world.chance(0.02) ? 40_000 : 800));
            soon(length, () -> end(live));
            soon(world.upTo(length), new Diary(world, this, live, world.upTo(4))::write);
        }
        if (ready.size() > 1 && id != 0) {
            giveBack();
        }
    }

    /** Whether the handler of a job runs here. */
    boolean runs(LiveJob live) {
        return running.contains(live);
    }

    private void giveBack() {
        var claims = ready.stream().map(live -> live.claimed().claim()).toList();
        ready.clear();
        held.removeAll(claims);
        try {
            world.store().giveBack(id, claims);
        } catch (MillraceException unavailable) {
            world.expectUnavailable(unavailable);
            doubts = LOOKS_AFTER_DOUBT;
        }
    }

    private void end(LiveJob live) {
        var ending = world.runner().run(live, new Nobody());
        running.remove(live);
        world.runs().ends(live, this);
        if (pending.isEmpty()) {
            soon(FLUSH, this::flush);
        }
        pending.add(ending);
        start();
    }

    /** Handlers of a simulation end at once. */
    private static final class Nobody implements JobRunner.Abandoned {
        @Override
        public void ending(Ending early) {
            throw new AssertionError("gave up " + early);
        }

        @Override
        public void lost() {
            throw new AssertionError("gave up a lost one");
        }

        @Override
        public void hangs() {
            throw new AssertionError("hangs");
        }
    }

    private void flush() {
        if (!pending.isEmpty()) {
            var batch = List.copyOf(pending);
            var before = world.runs().holds(batch);
            try {
                world.runs().answered(batch, before, world.store().complete(batch));
                pending.clear();
                batch.forEach(e -> held.remove(new JobClaim(e.jobId(), e.claimId())));
            } catch (MillraceException unavailable) {
                world.expectUnavailable(unavailable);
                soon(FLUSH, this::flush);
            }
        }
    }

    @Override
    public String toString() {
        return "%s (worker %d)".formatted(name, id);
    }
}
