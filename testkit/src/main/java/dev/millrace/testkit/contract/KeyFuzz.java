package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.Endings;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Several threads on two stores enqueue jobs with few keys, run, fail, cancel, expire and delete
 * them. While all conflicts keep the earlier job, no two of a key may run at once. Afterwards all
 * is drained: what was accepted ended exactly once, what was not accepted does not exist, and every
 * key is free.
 */
final class KeyFuzz {
    private static final int THREADS = 4;
    private static final int STEPS = 120;
    private static final int KEYS = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Bench bench;
    private final long seed;
    private final List<OnConflict> conflicts;
    private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    private final Map<Long, Accepted> answers = new ConcurrentHashMap<>();
    private final Set<Long> wereDiscarded = ConcurrentHashMap.newKeySet();
    private final Set<Long> deleted = ConcurrentHashMap.newKeySet();

    KeyFuzz(Bench bench, long seed, List<OnConflict> conflicts) {
        this.bench = bench;
        this.seed = seed;
        this.conflicts = conflicts;
    }

    /** Enqueues, trying again while another transaction is about to decide a key. */
    static List<Accepted> patiently(Bench bench, JobStore store, List<NewJob> jobs) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return bench.keyed(store, jobs, false);
            } catch (MillraceException busy) {
                if (busy.code() != MillraceException.Code.KEY_BUSY
                        || System.nanoTime() > deadline) {
                    throw busy;
                }
            }
        }
    }

    private boolean keeps() {
        return conflicts.equals(List.of(OnConflict.KEEP));
    }

    void run() throws Exception {
        var other = bench.reopen();
        var threads = new ArrayList<Future<?>>();
        try (var pool = Executors.newFixedThreadPool(THREADS)) {
            for (int i = 0; i < THREADS; i++) {
                var store = i % 2 == 0 ? bench.store() : other;
                threads.add(pool.submit(new Actor(store, new Random(seed + i))));
            }
        }
        for (var thread : threads) {
            thread.get();
        }
        drain();
        check();
    }

    /** One thread with a worker of its own. */
    private final class Actor implements Runnable {
        private final JobStore store;
        private final Random random;
        private final Hand me;
        private final List<ClaimedJob> held = new ArrayList<>();

        Actor(JobStore store, Random random) {
            this.store = store;
            this.random = random;
            this.me = bench.worker(store);
        }

        @Override
        public void run() {
            for (int step = 0; step < STEPS; step++) {
                int draw = random.nextInt(100);
                if (draw < 40) {
                    enqueue();
                } else if (draw < 60) {
                    claim();
                } else if (draw < 82) {
                    complete();
                } else if (draw < 86) {
                    giveBack();
                } else if (draw < 91) {
                    store.cancel(some(), "fuzz", bench.tick());
                } else if (draw < 94) {
                    store.retry(some(), bench.tick());
                } else if (draw < 96 && !keeps()) {
                    delete();
                } else if (draw < 98) {
                    store.settle(bench.tick(), 1 + random.nextInt(20));
                } else {
                    store.promote(bench.tick(), 1 + random.nextInt(20));
                }
            }
            while (!held.isEmpty()) {
                complete();
            }
        }

        private Draft draft() {
            var draft = bench.job();
            if (random.nextInt(8) == 0) {
                return draft;
            }
            var conflict = conflicts.get(random.nextInt(conflicts.size()));
            draft = draft.unique("k" + random.nextInt(KEYS), conflict);
            if (random.nextInt(4) == 0) {
                draft = draft.due(bench.now().plusMillis(random.nextInt(40)));
            }
            if (random.nextInt(6) == 0) {
                draft = draft.ttl(Duration.ofMillis(1 + random.nextInt(100)));
            }
            if (random.nextInt(6) == 0) {
                draft = draft.idempotent("i" + random.nextInt(500), "" + random.nextInt(2));
            }
            return draft;
        }

        private void enqueue() {
            var drafts = new ArrayList<Draft>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                drafts.add(draft());
            }
            var jobs = bench.newJobs(drafts);
            var said = patiently(bench, store, jobs);
            for (int i = 0; i < jobs.size(); i++) {
                answers.put(jobs.get(i).id(), said.get(i));
            }
            if (keeps() && random.nextInt(10) == 0) {
                resend(jobs, said);
            }
        }

        /** Only what was accepted: a duplicate's holder may have ended meanwhile. */
        private void resend(List<NewJob> jobs, List<Accepted> said) {
            var mine = new ArrayList<NewJob>();
            for (int i = 0; i < jobs.size(); i++) {
                if (said.get(i).jobId() == jobs.get(i).id()) {
                    mine.add(jobs.get(i));
                }
            }
            assertThat(store.enqueueKeyed(mine, true))
                    .extracting(Accepted::jobId)
                    .isEqualTo(mine.stream().map(NewJob::id).toList());
        }

        private void claim() {
            for (var job : me.claim(1 + random.nextInt(3))) {
                held.add(job);
                var key = counted(job);
                if (key != null) {
                    var now = running.computeIfAbsent(key, k -> new AtomicInteger());
                    int beside = now.getAndIncrement();
                    if (keeps()) {
                        assertThat(beside).as("running jobs beside %s", job).isZero();
                    }
                }
            }
        }

        /** Retried by hand a job runs without its key, also beside the one that holds it now. */
        private @Nullable String counted(ClaimedJob job) {
            return wereDiscarded.contains(job.id()) ? null : job.terms().unique();
        }

        private void complete() {
            if (held.isEmpty()) {
                return;
            }
            var job = held.remove(random.nextInt(held.size()));
            leave(job);
            assertThat(me.report(ending(job))).isEqualTo(Recorded.RECORDED);
        }

        private void giveBack() {
            if (!held.isEmpty()) {
                var job = held.removeFirst();
                leave(job);
                assertThat(me.giveBack(job)).isTrue();
            }
        }

        /** Before the store knows of it, so that nobody can be seen beside it too early. */
        private void leave(ClaimedJob job) {
            var key = counted(job);
            if (key != null) {
                Objects.requireNonNull(running.get(key)).decrementAndGet();
            }
        }

        private Ending ending(ClaimedJob job) {
            var ends = me.ends(job);
            var at = bench.now();
            return switch (random.nextInt(10)) {
                case 0 -> ends.failed(at.plusMillis(random.nextInt(30)));
                case 1 -> ends.snoozed(at);
                case 2 -> ends.skipped("fuzz");
                case 3 -> discarded(ends);
                case 4 -> ends.cancelled();
                case 5 -> ends.interrupted();
                default -> ends.completed(null);
            };
        }

        private Ending discarded(Endings ends) {
            wereDiscarded.add(ends.job().id());
            return ends.discarded("fuzz");
        }

        private List<Long> some() {
            return bench.accepted().stream().filter(id -> random.nextInt(15) == 0).toList();
        }

        private void delete() {
            var ids = some();
            deleted.addAll(ids);
            store.delete(ids);
        }
    }

    private void drain() {
        var last = bench.worker();
        bench.advance(Duration.ofDays(1));
        bench.pruned(deleted.stream().filter(id -> bench.store().find(id).isEmpty()).toList());
        for (int round = 0; round < 10_000; round++) {
            bench.promoteAll();
            bench.settleAll();
            bench.store().retry(bench.accepted(), bench.tick());
            var jobs = last.claim(100);
            if (jobs.isEmpty()) {
                return;
            }
            for (var job : jobs) {
                assertThat(last.complete(job)).isEqualTo(Recorded.RECORDED);
            }
        }
        throw new AssertionError("the store could not be drained");
    }

    private void check() {
        for (int i = 0; i < KEYS; i++) {
            assertThat(bench.holder("k" + i)).as("holder of k%d", i).isZero();
        }
        assertThat(bench.settleAll().next()).isNull();
        answers.forEach((id, answer) -> {
            var holder = Objects.requireNonNull(answers.get(answer.jobId()), "whom it names");
            assertThat(holder.how()).as("answer of whom %d names", id).isIn(How.NEW, How.REPLACED);
            switch (answer.how()) {
                case DUPLICATE, CONFLICT -> assertThat(bench.store().find(id)).isEmpty();
                case NEW, REPLACED -> {
                    if (bench.accepted().contains(id)) {
                        endedOnce(id);
                    }
                }
            }
        });
    }

    private void endedOnce(long id) {
        var job = bench.find(id);
        assertThat(job.state().isEnded()).as("%s", job).isTrue();
        assertThat(job.state().name()).as("%s", job).isNotEqualTo(JobState.Name.DISCARDED);
        assertThat(job.attempts().stream().map(Attempt::end).filter(Attempt.End::isFinal))
                .as("final attempts of %s", job)
                .hasSize(1);
    }
}
