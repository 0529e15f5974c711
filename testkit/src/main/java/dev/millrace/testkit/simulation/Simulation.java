package dev.millrace.testkit.simulation;

import dev.millrace.job.JobContext;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.Invariants;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.worker.Handlers;
import dev.millrace.worker.JobRunner;
import dev.millrace.worker.Reporter;
import dev.millrace.worker.RunTools;
import dev.millrace.worker.Watchdog;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Workers, producers and a store that loses calls and answers, on a clock that jumps from one thing
 * to the next: processes crash and freeze, wall clocks are set, jobs fail, snooze and give up. All
 * by a seed and on one thread, so that a run can be repeated to the letter. When the last job is
 * enqueued the faults stop and every accepted job must end, exactly once.
 *
 * <p>The engine's decisions are its own ({@code JobRunner}, {@code DeathWatch}, retry policies);
 * the loops between them are the simulation's.
 */
public final class Simulation {
    private static final Duration LONGEST = Duration.ofHours(12);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Task<RawJson> TASK =
            Task.named("sim", RawJson.class)
                    .retry(
                            RetryPolicy.standard()
                                    .attempts(4)
                                    .backoff(Duration.ofSeconds(1), Duration.ofMinutes(1)));

    /**
     * What is simulated.
     *
     * @param seed what everything is drawn from
     * @param jobs to enqueue
     * @param processes worker processes
     * @param faultShare of store calls that fail, 0 to 1
     * @param crashes how many, spread over the time in which jobs are enqueued
     * @param freezes how many, up to a minute each
     * @param clockJumps how many, up to ten minutes each, in either direction
     */
    public record Plan(
            long seed,
            int jobs,
            int processes,
            double faultShare,
            int crashes,
            int freezes,
            int clockJumps) {}

    /**
     * What came of it.
     *
     * @param plan what was simulated
     * @param completed jobs that completed
     * @param discarded jobs that were given up
     * @param runs handlers called
     * @param refused reports refused because the claim was lost
     * @param reports checkpoints known to be written
     * @param faults calls and answers lost
     * @param simulated how much time passed
     */
    public record Outcome(
            Plan plan,
            int completed,
            int discarded,
            long runs,
            long refused,
            long reports,
            long faults,
            Duration simulated) {}

    private final Plan plan;
    private final Random random;
    private final FakeClock clock = new FakeClock();
    private final Agenda agenda = new Agenda(clock);
    private final MemoryStore truth;
    private final FaultyStore store;
    private final Runs runs;
    private final JobRunner runner;
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private int enqueued;
    private int unanswered;
    private int born;
    private boolean done;

    private Simulation(Plan plan, MemoryStore truth) {
        this.plan = plan;
        this.truth = truth;
        this.random = new Random(plan.seed());
        this.store = new FaultyStore(truth, random, plan.faultShare());
        this.runs = new Runs(truth);
        var handlers = new Handlers();
        handlers.add(TASK, this::handle);
        this.runner =
                new JobRunner(
                        handlers,
                        new RunTools(
                                new Json(),
                                clock,
                                random,
                                1 << 20,
                                new Watchdog(clock),
                                new Reporter(store, random),
                                request -> {
                                    throw new IllegalStateException(
                                            "nothing follows, got " + request);
                                }),
                        id -> true);
    }

    /**
     * Runs a simulation.
     *
     * @throws AssertionError at the first thing that must not happen
     */
    public static Outcome run(Plan plan) {
        return run(plan, new MemoryStore());
    }

    /** Runs a simulation on the given store, which must be empty. */
    public static Outcome run(Plan plan, MemoryStore store) {
        try {
            return new Simulation(plan, store).play();
        } catch (IllegalStateException broken) {
            throw new AssertionError("the store's rows contradict each other", broken);
        }
    }

    private Outcome play() {
        for (int i = 0; i < plan.processes(); i++) {
            workers.add(newWorker());
        }
        produce();
        var busy = Duration.ofMillis(20L * plan.jobs());
        for (int i = 0; i < plan.crashes(); i++) {
            agenda.after(upTo(busy), this::crash);
        }
        for (int i = 0; i < plan.freezes(); i++) {
            agenda.after(upTo(busy), this::freeze);
        }
        for (int i = 0; i < plan.clockJumps(); i++) {
            agenda.after(
                    upTo(busy),
                    () -> clock.jump(upTo(Duration.ofMinutes(20)).minus(Duration.ofMinutes(10))));
        }
        agenda.after(LOOK, this::look);
        while (!done && agenda.next()) {
            if (agenda.nanos() > LONGEST.toNanos()) {
                throw new AssertionError(
                        "after %s jobs still live: %s"
                                .formatted(LONGEST, truth.inspector().positions()));
            }
        }
        return settle();
    }

    private SimulatedWorker newWorker() {
        return new SimulatedWorker(this, "process-" + ++born);
    }

    /** Enqueues a few jobs, again and again until all are accepted; then the faults stop. */
    private void produce() {
        try {
            int count = Math.min(plan.jobs() - enqueued, 1 + random.nextInt(20));
            long first = store.reserveIds(count).first();
            var jobs = new ArrayList<NewJob>();
            for (int i = 0; i < count; i++) {
                jobs.add(job(first + i));
            }
            enqueued += count;
            unanswered++;
            send(jobs, false);
        } catch (MillraceException unavailable) {
            expectUnavailable(unavailable);
        }
        if (enqueued < plan.jobs()) {
            agenda.after(upTo(Duration.ofMillis(400)), this::produce);
        } else {
            agenda.after(Duration.ofMinutes(1), () -> store.share(0));
        }
    }

    private NewJob job(long id) {
        var now = clock.instant();
        var runAt = chance(0.1) ? now.plus(upTo(Duration.ofMinutes(2))) : null;
        return new NewJob(
                id, "q", "sim", 1, random.nextInt(10), "{}", 4, null, List.of(), now, runAt);
    }

    private void send(List<NewJob> jobs, boolean again) {
        try {
            store.enqueue(jobs, again);
            unanswered--;
            jobs.forEach(job -> runs.accepted(job.id()));
        } catch (MillraceException unavailable) {
            expectUnavailable(unavailable);
            agenda.after(upTo(Duration.ofSeconds(1)), () -> send(jobs, true));
        }
    }

    private Object handle(RawJson payload, JobContext job) throws IOException {
        int draw = random.nextInt(100);
        if (draw < 20) {
            throw new IOException("flaky");
        } else if (draw < 22) {
            return job.discard("hopeless");
        } else if (draw < 25) {
            return job.skip("not wanted");
        } else if (draw < 28) {
            return job.snooze(upTo(Duration.ofMinutes(1)), "later");
        }
        return payload;
    }

    private void crash() {
        int victim = random.nextInt(workers.size());
        workers.get(victim).die();
        agenda.after(upTo(Duration.ofSeconds(30)), () -> workers.set(victim, newWorker()));
    }

    private void freeze() {
        workers.get(random.nextInt(workers.size())).freeze(upTo(Duration.ofMinutes(1)));
    }

    private void look() {
        done =
                enqueued == plan.jobs()
                        && unanswered == 0
                        && truth.ended(runs.accepted()).size() == runs.accepted().size();
        agenda.after(LOOK, this::look);
    }

    private Outcome settle() {
        Invariants.check(truth.inspector(), runs.accepted());
        runs.accepted().forEach(id -> runs.resumes(id, truth.reports().carried(id)));
        int completed = 0;
        int discarded = 0;
        for (var state : truth.ended(runs.accepted()).values()) {
            if (state instanceof JobState.Completed) {
                completed++;
            } else {
                discarded++;
            }
        }
        if (completed + discarded != plan.jobs()
                || truth.inspector().bodies().size() != plan.jobs()) {
            throw new AssertionError(
                    "%d jobs were enqueued, %d completed, %d discarded, %d stored"
                            .formatted(
                                    plan.jobs(),
                                    completed,
                                    discarded,
                                    truth.inspector().bodies().size()));
        }
        return new Outcome(
                plan,
                completed,
                discarded,
                runs.started(),
                runs.refused(),
                runs.reports(),
                store.faults(),
                Duration.ofNanos(agenda.nanos()));
    }

    // ---- for the workers

    Agenda agenda() {
        return agenda;
    }

    FakeClock clock() {
        return clock;
    }

    JobStore store() {
        return store;
    }

    MemoryStore truth() {
        return truth;
    }

    Runs runs() {
        return runs;
    }

    JobRunner runner() {
        return runner;
    }

    Set<KindVersion> kinds() {
        return Set.of(new KindVersion("sim", 1));
    }

    boolean chance(double share) {
        return random.nextDouble() < share;
    }

    Duration upTo(Duration most) {
        return Duration.ofMillis(random.nextLong(most.toMillis() + 1));
    }

    /** A number from 0 up to the most. */
    int upTo(int most) {
        return random.nextInt(most + 1);
    }

    void expectUnavailable(MillraceException e) {
        if (e.code() != MillraceException.Code.STORE_UNAVAILABLE) {
            throw e;
        }
    }
}
