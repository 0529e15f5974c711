package dev.millrace.chaos;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Draws a round's faults and lets them strike, several at once if it comes to that. */
final class Faults implements AutoCloseable {
    private static final int AT_ONCE = 4;

    private final Engine engine;
    private final Fleet fleet;
    private final JumpingClock producersClock;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(AT_ONCE);
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    private final List<Struck> struck = new ArrayList<>();
    private final AtomicLong ahead = new AtomicLong();
    private int refusedForSpace;

    /**
     * A fault that struck.
     *
     * @param nanos when
     * @param victim the worker process; {@code null} when it struck the store
     */
    record Struck(Fault fault, long nanos, @Nullable String victim, long millis) {}

    /** One that is to strike, with what else is drawn for it. */
    private record Planned(Fault fault, long afterMillis, long millis, long seed) {}

    Faults(Engine engine, Fleet fleet, JumpingClock producersClock) {
        this.engine = engine;
        this.fleet = fleet;
        this.producersClock = producersClock;
    }

    /** Lets this one and up to two more strike within so long; returns when all are lifted. */
    void strike(
            Fault first, Random random, long withinMillis, AtomicBoolean space, Engine.Burst burst)
            throws InterruptedException {
        var plan = new ArrayList<Planned>();
        plan.add(plan(first, random, withinMillis));
        for (int more = random.nextInt(3); more > 0; more--) {
            Fault fault = engine.faults().get(random.nextInt(engine.faults().size()));
            // one long freeze is long enough
            plan.add(plan(fault == Fault.FREEZE_LONG ? Fault.KILL : fault, random, withinMillis));
        }
        var under = new ArrayList<Future<?>>();
        for (Planned each : plan) {
            under.add(
                    threads.schedule(
                            () -> {
                                strike(each, burst);
                                return null;
                            },
                            each.afterMillis(),
                            TimeUnit.MILLISECONDS));
        }
        for (Future<?> each : under) {
            try {
                each.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a fault could not strike or be lifted", e);
            }
        }
        if (space.get()) {
            refusedForSpace++;
        }
        producersClock.set(ahead.get());
        fleet.alignClocks(ahead.get());
    }

    private static Planned plan(Fault fault, Random random, long withinMillis) {
        long millis =
                switch (fault) {
                    case KILL -> random.nextInt(600);
                    case FREEZE -> 100 + random.nextInt(1500);
                    case FREEZE_LONG -> ChaosWorker.LEASE.toMillis() + 700 + random.nextInt(1500);
                    case DEPLOY, CLOCK, SESSIONS -> 0;
                    case DISK_FULL -> 200 + random.nextInt(800);
                    case RESTART, CRASH -> random.nextInt(500);
                    case POOL ->
                            random.nextBoolean()
                                    ? 500 + random.nextInt(1500)
                                    : ChaosWorker.LEASE.toMillis() + 1000 + random.nextInt(1500);
                    case NET_CUT, NET_HANG -> 200 + random.nextInt(3000);
                };
        return new Planned(
                fault, 100 + random.nextInt((int) withinMillis), millis, random.nextLong());
    }

    private void strike(Planned planned, Engine.Burst burst) throws Exception {
        var random = new Random(planned.seed());
        switch (planned.fault()) {
            case KILL -> {
                Member victim = fleet.take(random).orElse(null);
                if (victim != null) {
                    struck(planned, victim);
                    victim.kill();
                    Pause.millis(planned.millis());
                    fleet.start();
                }
            }
            case DEPLOY -> {
                Member victim = fleet.take(random).orElse(null);
                if (victim != null) {
                    struck(planned, victim);
                    victim.drain();
                    fleet.start();
                }
            }
            case NET_CUT, NET_HANG -> {
                Wire producers = engine.producersWire();
                if (producers != null && random.nextInt(4) == 0) {
                    struck(planned, null);
                    strike(planned, producers);
                } else {
                    strikeOne(planned, random);
                }
            }
            case POOL -> {
                strikeOne(planned, random);
                if (planned.millis() > ChaosWorker.LEASE.toMillis()) {
                    // whoever has to wait in line now for another connection waits for too long
                    Pause.millis(100 + random.nextInt(300));
                    var sessions = new Planned(Fault.SESSIONS, 0, 0, 0);
                    struck(sessions, null);
                    engine.strike(Fault.SESSIONS, 0, burst);
                }
            }
            case FREEZE, FREEZE_LONG, CLOCK -> strikeOne(planned, random);
            case DISK_FULL, RESTART, CRASH, SESSIONS -> {
                struck(planned, null);
                engine.strike(planned.fault(), planned.millis(), burst);
            }
        }
    }

    private void strikeOne(Planned planned, Random random) throws Exception {
        Member victim = fleet.any(random).orElse(null);
        if (victim != null) {
            struck(planned, victim);
            strike(planned, victim, random);
        }
    }

    private static void strike(Planned planned, Wire wire) throws InterruptedException {
        if (planned.fault() == Fault.NET_CUT) {
            wire.cut(planned.millis());
        } else {
            wire.hang(planned.millis());
        }
    }

    private void strike(Planned planned, Member victim, Random random) throws Exception {
        switch (planned.fault()) {
            case FREEZE, FREEZE_LONG -> victim.freeze(planned.millis());
            case POOL -> victim.command("exhaust " + planned.millis());
            case CLOCK -> {
                long jump = random.nextLong(random.nextBoolean() ? 5_000 : 3_600_000);
                long now = ahead.get() + (random.nextBoolean() ? jump : -jump);
                ahead.accumulateAndGet(now, Math::max);
                victim.command("clock " + now);
            }
            case NET_CUT, NET_HANG -> {
                Wire wire = Objects.requireNonNull(victim.wire());
                victim.cutOff(() -> strike(planned, wire));
            }
            case KILL, DEPLOY, DISK_FULL, RESTART, CRASH, SESSIONS ->
                    throw new IllegalArgumentException(planned.fault().text());
        }
    }

    private synchronized void struck(Planned planned, @Nullable Member victim) {
        counts.merge(planned.fault(), 1, Integer::sum);
        struck.add(
                new Struck(
                        planned.fault(),
                        System.nanoTime(),
                        victim == null ? null : victim.name(),
                        planned.millis()));
    }

    /** Those of the round just over; forgotten then. */
    synchronized List<Struck> takeStruck() {
        var all = List.copyOf(struck);
        struck.clear();
        return all;
    }

    synchronized Map<Fault, Integer> counts() {
        return new EnumMap<>(counts);
    }

    /** Rounds in which the store refused a job because the disk was full. */
    int refusedForSpace() {
        return refusedForSpace;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
