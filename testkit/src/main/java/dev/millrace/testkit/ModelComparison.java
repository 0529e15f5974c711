package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.JsonPath;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.Trait;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * The same random operations on a store and on the plain {@link MemoryStore}, one after the other;
 * their answers must be equal. Where the contract leaves a choice, the store's choice is checked to
 * be one that the contract allows, and the model follows it: the order among jobs that became
 * available by one and the same call, and how much a claim without a sweep finds.
 *
 * <p>For one thread; the store must be empty at first and used by no one else.
 */
public final class ModelComparison {
    private static final List<String> QUEUES = List.of("q", "r");
    private static final List<KindVersion> KINDS =
            List.of(new KindVersion("a", 1), new KindVersion("a", 2), new KindVersion("b", 1));
    private static final int REMEMBERED = 40;

    /** One worker, registered with both. */
    private record Pair(long real, long model, String name) {}

    private final JobStore store;
    private final MemoryStore model = new MemoryStore();
    private final AnswerCheck check = new AnswerCheck(model);
    private final FakeClock clock = new FakeClock();
    private final Random random;
    private final List<NewJob> jobs = new ArrayList<>();
    private final List<Pair> workers = new ArrayList<>();
    private final Map<String, Long> seenReal = new HashMap<>();
    private final Map<String, Long> seenModel = new HashMap<>();
    private final Map<Long, Long> modelIds = new HashMap<>();
    private final List<Claimed> claims = new ArrayList<>();
    private final Set<Long> pruned = new HashSet<>();
    private final ModelAsks asks;
    private final ModelLooks looks;
    private final ModelReports reports;
    private long lastClaim;

    private record Claimed(ClaimedJob job, Pair by) {}

    /**
     * A comparison to be run once.
     *
     * @param store the store, empty
     * @param seed what the operations are drawn from
     */
    public ModelComparison(JobStore store, long seed) {
        this.store = store;
        this.random = new Random(seed);
        this.asks = new ModelAsks(store, model, clock, random, jobs, pruned);
        this.looks = new ModelLooks(store, model, check, random, modelIds);
        this.reports = new ModelReports(store, model, clock, random);
    }

    /**
     * Runs so many operations.
     *
     * @return the ids of the jobs that must be in the store now
     * @throws AssertionError at the first difference, naming the step and the operation
     */
    public Set<Long> run(int steps) {
        register();
        for (int step = 0; step < steps; step++) {
            int draw = random.nextInt(150);
            clock.advance(Duration.ofNanos(1000L * (1 + random.nextInt(1_500_000))));
            long before = model.state.lastEntry;
            try {
                operate(draw);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "step %d, operation %d: %s".formatted(step, draw, e.getMessage()), e);
            }
            check.entered(before, draw < 22 || draw >= 100);
        }
        looks.all(jobs);
        jobs.forEach(job -> reports.look(List.of(job.id())));
        var left = new TreeSet<Long>();
        jobs.stream().map(NewJob::id).filter(id -> !pruned.contains(id)).forEach(left::add);
        return left;
    }

    private void operate(int draw) {
        if (draw < 20) {
            enqueue();
        } else if (draw < 22) {
            resend();
        } else if (draw < 45) {
            claim();
        } else if (draw < 65) {
            complete();
        } else if (draw < 70) {
            giveBack();
        } else if (draw < 77) {
            promote();
        } else if (draw < 82) {
            pulse();
        } else if (draw < 86) {
            rescue();
        } else if (draw < 88) {
            retry();
        } else if (draw < 89) {
            asks.prune(QUEUES);
        } else if (draw < 91) {
            register();
        } else if (draw < 92) {
            deregister();
        } else if (draw < 100) {
            look();
        } else if (draw < 128) {
            ask(draw);
        } else {
            report(draw);
        }
    }

    private void report(int draw) {
        var known = newest(claims);
        if (draw < 136) {
            reports.report(
                    known.stream().map(Claimed::job).toList(),
                    known.stream().map(claimed -> claimed.by().real()).toList());
        } else if (draw < 138) {
            reports.resend();
        } else if (draw < 143) {
            asks.some(newest(jobs), 10).forEach(reports::signal);
        } else if (draw < 145) {
            asks.some(newest(jobs), 5).forEach(reports::askStack);
        } else if (draw < 148) {
            reports.look(asks.some(newest(jobs), 5));
        } else if (!known.isEmpty()) {
            var claimed = one(known);
            var by = claimed.by();
            reports.holds(by.real(), by.model(), claimed.job().claim());
        }
    }

    private void ask(int draw) {
        if (draw < 112) {
            asks.enqueue(drafts());
        } else if (draw < 114) {
            asks.resend();
        } else if (draw < 118) {
            asks.cancel(asks.some(newest(jobs), 10));
        } else if (draw < 120) {
            asks.delete(asks.some(newest(jobs), 5));
        } else if (draw < 124) {
            asks.settle();
        } else if (draw < 126) {
            asks.control(one(QUEUES));
        } else {
            asks.holders();
        }
    }

    private Instant now() {
        return clock.instant();
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private NewJob draft(long id) {
        var kind = one(KINDS);
        var runAt = random.nextInt(4) == 0 ? now().plusMillis(random.nextInt(60_000)) : null;
        var tags = random.nextBoolean() ? List.of("t" + random.nextInt(3)) : List.<String>of();
        return new NewJob(
                id,
                one(QUEUES),
                kind.kind(),
                kind.version(),
                one(List.of(2, 4, 4, 4, 9)),
                "{\"n\":" + id + "}",
                1 + random.nextInt(4),
                null,
                tags,
                now(),
                runAt);
    }

    private List<NewJob> drafts() {
        int count = 1 + random.nextInt(4);
        long first = store.reserveIds(count).first();
        var batch = new ArrayList<NewJob>();
        for (int i = 0; i < count; i++) {
            batch.add(asks.dated(draft(first + i)));
        }
        return batch;
    }

    private void enqueue() {
        var batch = drafts();
        store.enqueue(batch, false);
        model.enqueue(batch, false);
        jobs.addAll(batch);
    }

    private void resend() {
        var batch = new ArrayList<NewJob>();
        for (var job : newest(jobs)) {
            if (random.nextInt(8) == 0 && !pruned.contains(job.id()) && !job.isKeyed()) {
                batch.add(job);
            }
        }
        var fresh = draft(store.reserveIds(1).first());
        batch.add(fresh);
        store.enqueue(batch, true);
        model.enqueue(batch, true);
        jobs.add(fresh);
    }

    private static <T> List<T> newest(List<T> all) {
        return all.subList(Math.max(0, all.size() - REMEMBERED), all.size());
    }

    private void claim() {
        var worker = one(workers);
        var kinds = new HashSet<KindVersion>(KINDS);
        if (random.nextInt(4) == 0) {
            kinds.remove(one(KINDS));
        }
        boolean sweep = random.nextInt(3) > 0;
        var wish =
                new ClaimRequest(
                        worker.real(),
                        ++lastClaim,
                        one(QUEUES),
                        kinds,
                        1 + random.nextInt(6),
                        sweep,
                        now());
        var same =
                new ClaimRequest(
                        worker.model(),
                        wish.claimId(),
                        wish.queue(),
                        kinds,
                        wish.max(),
                        sweep,
                        now());
        List<ClaimedJob> taken;
        try {
            taken = store.claim(wish);
        } catch (MillraceException lost) {
            assertThat(lost.code()).isEqualTo(MillraceException.Code.WORKER_LOST);
            assertThat(model.state.isAlive(worker.model())).as("alive in the model").isFalse();
            return;
        }
        if (!asks.isPaused(same.queue())) {
            assertThat(model.state.isAlive(worker.model())).as("alive in the model").isTrue();
        }
        var ids = taken.stream().map(ClaimedJob::id).toList();
        check.claim(same, ids);
        assertThat(taken).isEqualTo(model.take(same, ids));
        taken.forEach(job -> claims.add(new Claimed(job, worker)));
    }

    private void complete() {
        var real = new ArrayList<Ending>();
        var same = new ArrayList<Ending>();
        var once = new HashSet<Long>();
        for (var claimed : newest(claims)) {
            if (random.nextInt(6) == 0 && once.add(claimed.job().id())) {
                int how = random.nextInt(14);
                var due = now().plusMillis(random.nextInt(3) * 10_000L);
                var signal = reports.name();
                int seen = reports.seen(claimed.job().id(), signal);
                for (boolean isReal : new boolean[] {true, false}) {
                    long by = isReal ? claimed.by().real() : claimed.by().model();
                    var ending =
                            how < 10
                                    ? ending(claimed.job(), by, how, due)
                                    : waiting(claimed.job(), by, how, due, signal, seen);
                    (isReal ? real : same).add(ending);
                }
            }
        }
        assertThat(store.complete(real)).as("answers").isEqualTo(model.complete(same));
    }

    private Ending ending(ClaimedJob job, long workerId, int how, Instant due) {
        var ends = new Endings(job, workerId, now().minusMillis(5), now());
        return switch (how) {
            case 0, 1, 2 -> ends.completed(job.payload());
            case 3 -> due.equals(now()) ? ends.cancelled() : ends.completed(null);
            case 4 -> ends.skipped("no");
            case 5 -> ends.discarded("never");
            case 6 -> ends.snoozed(due);
            case 7 -> ends.interrupted();
            default -> ends.failed(due);
        };
    }

    private Ending waiting(
            ClaimedJob job, long workerId, int how, Instant due, String signal, int seen) {
        var ends = new Endings(job, workerId, now().minusMillis(5), now());
        return switch (how) {
            case 10 -> ends.slept(due);
            case 11 -> ends.yielded();
            case 12 -> ends.waiting(signal, seen, due.plusMillis(5_000));
            default -> ends.waiting(signal, seen, Ending.Next.Waiting.FOR_EVER);
        };
    }

    private void giveBack() {
        var worker = one(workers);
        var back = new ArrayList<JobClaim>();
        for (var claimed : newest(claims)) {
            if (random.nextInt(4) == 0) {
                back.add(claimed.job().claim());
            }
        }
        assertThat(store.giveBack(worker.real(), back))
                .as("given back")
                .isEqualTo(model.giveBack(worker.model(), back));
    }

    private void promote() {
        clock.advance(Duration.ofSeconds(random.nextInt(10)));
        int max = 1 + random.nextInt(5);
        assertThat(store.promote(now(), max)).isEqualTo(model.promote(now(), max));
    }

    private void pulse() {
        var worker = one(workers);
        boolean beat = random.nextInt(4) > 0;
        int running = random.nextInt(5);
        var scopes = QUEUES.stream().map(q -> new Pulse.Scope(q, Set.of(one(KINDS)))).toList();
        var real = store.pulse(new Pulse(worker.real(), beat, running, scopes, now()));
        var same = model.pulse(new Pulse(worker.model(), beat, running, scopes, now()));
        assertThat(real.alive()).as("alive").isEqualTo(same.alive());
        if (!real.alive()) {
            return;
        }
        assertThat(real.running()).as("running").isEqualTo(same.running());
        assertThat(real.nextDue()).as("next due").isEqualTo(same.nextDue());
        for (var queue : QUEUES) {
            if (!asks.isPaused(queue)) {
                assertThat(real.queuesWithWork().contains(queue))
                        .as("work in %s", queue)
                        .isEqualTo(same.queuesWithWork().contains(queue));
            }
        }
        assertThat(real.cancelled()).as("cancelled").isEqualTo(same.cancelled());
        assertThat(real.controls()).isEqualTo(same.controls());
        reports.stacksWanted(worker.model(), real.stacksWanted(), same.stacksWanted());
        asks.inTime(real.nextSettle());
        assertThat(real.others().stream().map(s -> s.name() + s.dead()))
                .containsExactlyInAnyOrderElementsOf(
                        same.others().stream().map(s -> s.name() + s.dead()).toList());
        real.others().forEach(s -> seenReal.put(s.name(), s.beat()));
        same.others().forEach(s -> seenModel.put(s.name(), s.beat()));
    }

    private void rescue() {
        var worker = one(workers);
        var real = seenReal.get(worker.name());
        var same = seenModel.get(worker.name());
        if (real != null && same != null) {
            assertThat(bury(store, worker.real(), real, 1 + random.nextInt(3)))
                    .isEqualTo(bury(model, worker.model(), same, 100));
        }
    }

    private RescueAnswer bury(JobStore in, long worker, long seenBeat, int max) {
        int returned = 0;
        int discarded = 0;
        for (int i = 0; i < 1000; i++) {
            var step = in.rescue(worker, seenBeat, max, now());
            returned += step.returned();
            discarded += step.discarded();
            if (step.outcome() != RescueAnswer.Outcome.MORE) {
                return new RescueAnswer(step.outcome(), returned, discarded);
            }
        }
        throw new AssertionError("rescue answered MORE 1000 times");
    }

    private void retry() {
        var ids = new ArrayList<Long>();
        for (var job : newest(jobs)) {
            if (random.nextInt(4) == 0) {
                ids.add(job.id());
            }
        }
        assertThat(store.retry(ids, now())).isEqualTo(model.retry(ids, now()));
    }

    private void register() {
        if (workers.size() >= 6) {
            workers.remove(random.nextInt(workers.size()));
        }
        var info = new WorkerInfo("w" + ++lastClaim, "1", Map.of("q", 1), now());
        var pair = new Pair(store.register(info), model.register(info), info.name());
        workers.add(pair);
        modelIds.put(pair.real(), pair.model());
    }

    private void deregister() {
        var worker = one(workers);
        if (model.held(worker.model(), 0, 1).isEmpty()) {
            store.deregister(worker.real());
            model.deregister(worker.model());
        }
    }

    private void look() {
        var worker = one(workers);
        if (model.state.isAlive(worker.model())) {
            assertThat(store.held(worker.real(), 0, 1000))
                    .isEqualTo(model.held(worker.model(), 0, 1000));
        }
        if (!jobs.isEmpty()) {
            looks.job(one(newest(jobs)).id());
        }
        switch (random.nextInt(6)) {
            case 0 -> looks.queues();
            case 1 -> looks.workers();
            case 2 -> looks.ended(newest(jobs));
            case 3 -> looks.list(filter(one(List.of(JobState.Name.values()))));
            default -> looks.list(filter(null));
        }
    }

    private JobFilter filter(JobState.@Nullable Name state) {
        return new JobFilter(
                state,
                random.nextBoolean() ? one(QUEUES) : null,
                random.nextBoolean() ? "a" : null,
                random.nextInt(3) == 0 ? "t1" : null,
                random.nextInt(3) == 0 ? "n\":" + random.nextInt(10) : null,
                random.nextInt(4) == 0
                        ? List.of(
                                new Trait.Payload(
                                        JsonPath.of("n"), Integer.toString(random.nextInt(10))))
                        : List.of());
    }
}
