package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobStore;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.Endings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Several threads, each a worker with its own claims, do everything at once and kill each other.
 * Afterwards all is drained and the ledger compared with history: a report answered RECORDED is
 * there, one answered LOST is not and came from a worker that someone tried to bury, and every
 * accepted job ended exactly once.
 */
final class Fuzz {
    private static final int THREADS = 4;
    private static final int STEPS = 150;

    private final Bench bench;
    private final long seed;
    private final List<Hand> alive = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Answered> answers = new ConcurrentLinkedQueue<>();
    private final Map<JobClaim, Long> claimedBy = new ConcurrentHashMap<>();

    private final Set<Long> killed = ConcurrentHashMap.newKeySet();

    private record Answered(Ending ending, Recorded answer) {}

    Fuzz(Bench bench, long seed) {
        this.bench = bench;
        this.seed = seed;
    }

    void run() throws Exception {
        var other = bench.reopen();
        var threads = new ArrayList<Future<?>>();
        try (var pool = Executors.newFixedThreadPool(THREADS)) {
            for (int i = 0; i < THREADS; i++) {
                var actor = new Actor(i % 2 == 0 ? bench.store() : other, new Random(seed + i));
                threads.add(pool.submit(actor));
            }
        }
        for (var thread : threads) {
            thread.get();
        }
        drain();
        settle();
    }

    /** One thread: a worker that is sometimes killed by another and then registers anew. */
    private final class Actor implements Runnable {
        private final JobStore store;
        private final Random random;
        private final List<ClaimedJob> held = new ArrayList<>();
        private final List<Ending> reported = new ArrayList<>();
        private Hand me;

        Actor(JobStore store, Random random) {
            this.store = store;
            this.random = random;
            this.me = bench.worker(store);
            alive.add(me);
        }

        @Override
        public void run() {
            for (int step = 0; step < STEPS; step++) {
                int draw = random.nextInt(100);
                if (draw < 20) {
                    enqueue();
                } else if (draw < 50) {
                    claim();
                } else if (draw < 75) {
                    complete();
                } else if (draw < 80) {
                    repeat();
                } else if (draw < 85) {
                    giveBack();
                } else if (draw < 89) {
                    store.promote(bench.tick(), 1 + random.nextInt(50));
                } else if (draw < 92) {
                    retry();
                } else if (draw < 97) {
                    me.pulse();
                } else {
                    kill();
                }
            }
        }

        private void enqueue() {
            int count = 1 + random.nextInt(20);
            var due = bench.now().plusMillis(random.nextInt(50));
            var draft = bench.job().at(random.nextInt(10));
            var jobs = bench.newJobs(Collections.nCopies(count, draft));
            var late = bench.newJobs(Collections.nCopies(1 + count / 4, draft.due(due)));
            store.enqueue(jobs, false);
            store.enqueue(late, false);
            bench.accepted(jobs);
            bench.accepted(late);
            if (random.nextInt(5) == 0) {
                store.enqueue(jobs, true);
            }
        }

        private void claim() {
            try {
                boolean sweep = random.nextBoolean();
                var kinds = Set.of(Bench.WORK);
                for (var job : me.claim(Bench.QUEUE, kinds, 1 + random.nextInt(20), sweep)) {
                    assertThat(claimedBy.put(job.claim(), me.id())).as("%s", job).isNull();
                    held.add(job);
                }
            } catch (MillraceException lost) {
                if (lost.code() != MillraceException.Code.WORKER_LOST) {
                    throw lost;
                }
                assertThat(me.pulse(false).alive()).isFalse();
                me = bench.worker(store);
                alive.add(me);
            }
        }

        private List<ClaimedJob> someHeld() {
            Collections.shuffle(held, random);
            var part = held.subList(0, held.isEmpty() ? 0 : random.nextInt(held.size() + 1));
            var some = List.copyOf(part);
            part.clear();
            return some;
        }

        private void complete() {
            var endings = new ArrayList<Ending>();
            for (var job : someHeld()) {
                endings.add(ending(job));
            }
            report(endings);
            reported.addAll(endings);
        }

        private void report(List<Ending> endings) {
            var said = store.complete(endings);
            assertThat(said).hasSameSizeAs(endings);
            for (int i = 0; i < said.size(); i++) {
                answers.add(new Answered(endings.get(i), said.get(i)));
            }
        }

        private Ending ending(ClaimedJob job) {
            var owner = claimedBy.get(job.claim());
            var at = bench.tick();
            var ends = new Endings(job, owner == null ? 0 : owner, at, at);
            return switch (random.nextInt(10)) {
                case 0, 1 -> ends.failed(at.plusMillis(random.nextInt(30)));
                case 2 -> ends.discarded("fuzz");
                case 3 -> ends.snoozed(at.plusMillis(random.nextInt(30)));
                case 4 -> ends.interrupted();
                case 5 -> ends.skipped("fuzz");
                default -> ends.completed("1");
            };
        }

        /** As when the answer to a report was lost. */
        private void repeat() {
            var again = reported.subList(Math.max(0, reported.size() - 20), reported.size());
            var once = new HashMap<Long, Ending>();
            again.forEach(ending -> once.put(ending.jobId(), ending));
            report(List.copyOf(once.values()));
        }

        private void giveBack() {
            store.giveBack(me.id(), someHeld().stream().map(ClaimedJob::claim).toList());
        }

        private void retry() {
            var ids = bench.accepted().stream().filter(id -> random.nextInt(20) == 0).toList();
            store.retry(ids, bench.tick());
        }

        private void kill() {
            var victim = alive.get(random.nextInt(alive.size()));
            var seen =
                    me.pulse(false).others().stream()
                            .filter(s -> s.workerId() == victim.id())
                            .findFirst();
            if (seen.isPresent()) {
                killed.add(victim.id());
                int max = 1 + random.nextInt(10);
                store.rescue(victim.id(), seen.get().beat(), max, bench.tick());
            }
        }
    }

    private void drain() {
        for (var worker : bench.store().workers()) {
            var observer = bench.worker();
            for (var seen : observer.pulse().others()) {
                if (seen.workerId() == worker.id()) {
                    bench.bury(seen.workerId(), seen.beat(), 100);
                }
            }
        }
        var last = bench.worker();
        bench.advance(Duration.ofDays(1));
        for (int round = 0; round < 10_000; round++) {
            bench.promoteAll();
            bench.store().retry(bench.accepted(), bench.tick());
            var jobs = last.claim(100);
            if (jobs.isEmpty()) {
                return;
            }
            var endings = jobs.stream().map(job -> last.ends(job).completed(null)).toList();
            assertThat(bench.store().complete(endings)).containsOnly(Recorded.RECORDED);
        }
        throw new AssertionError("the store could not be drained");
    }

    private void settle() {
        record Row(long jobId, int number, Attempt.End end) {}
        var history = new HashMap<Row, Integer>();
        for (long id : bench.accepted()) {
            var job = bench.find(id);
            assertThat(job.state().name()).as("job %d", id).isEqualTo(JobState.Name.COMPLETED);
            job.attempts()
                    .forEach(a -> history.merge(new Row(id, a.number(), a.end()), 1, Integer::sum));
            assertThat(job.attempts().stream().filter(a -> a.end().isFinal()))
                    .as("final attempts of job %d", id)
                    .hasSize(1);
        }
        var recorded = new HashMap<Row, Integer>();
        var claims = new HashMap<JobClaim, Recorded>();
        for (var answered : answers) {
            var ending = answered.ending();
            var claim = new JobClaim(ending.jobId(), ending.claimId());
            var before = claims.put(claim, answered.answer());
            boolean repeated = before == Recorded.RECORDED || before == Recorded.ALREADY;
            assertThat(answered.answer())
                    .as("answer to %s after %s", ending, before)
                    .isIn(
                            before == null
                                    ? List.of(Recorded.RECORDED, Recorded.LOST)
                                    : List.of(repeated ? Recorded.ALREADY : Recorded.LOST));
            if (answered.answer() == Recorded.LOST) {
                assertThat(killed)
                        .as("who may lose a claim: %s", ending)
                        .contains(ending.workerId());
            }
            if (answered.answer() == Recorded.RECORDED) {
                recorded.merge(
                        new Row(ending.jobId(), ending.attempt(), ending.end()), 1, Integer::sum);
            }
        }
        recorded.forEach((row, count) ->
                assertThat(history.getOrDefault(row, 0))
                        .as("history of what was recorded: %s", row)
                        .isGreaterThanOrEqualTo(count));
        for (var row : history.keySet()) {
            boolean ours = row.end() == Attempt.End.RESCUED || row.end() == Attempt.End.COMPLETED;
            if (!ours && row.end() != Attempt.End.DISCARDED) {
                assertThat(history.get(row)).as("%s", row).isEqualTo(recorded.get(row));
            }
        }
    }
}
