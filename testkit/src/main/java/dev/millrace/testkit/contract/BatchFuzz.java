package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchPlace;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStore;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewBatch;
import dev.millrace.store.NewItem;
import dev.millrace.store.NewJob;
import dev.millrace.store.Recorded;
import dev.millrace.testkit.FaultyStore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Items of three steps, one batch, and everything that can go wrong around them, in an order drawn
 * from a seed. What must come out: of each item each step's job exactly once, what waits for the
 * batch made available exactly once, every member counted once.
 */
final class BatchFuzz {
    private static final int ITEMS = 12;
    private static final int STEPS = 3;
    private static final int MOST_TURNS = 3_000;
    private static final double FAULTS = 0.15;

    private final Bench bench;
    private final Random random;
    private final JobStore faulty;
    private final FaultyStore faults;

    /** Accepted by a completion that was recorded, by the item and step they are. */
    private final Map<String, Integer> steps = new TreeMap<>();

    private final Map<Long, String> names = new HashMap<>();
    private long batch;
    private long done;
    private int extended;

    BatchFuzz(Bench bench, long seed) {
        this.bench = bench;
        this.random = new Random(seed);
        this.faults = new FaultyStore(bench.store(), random, 0);
        this.faulty = faults;
    }

    void run() {
        begin();
        faults.share(FAULTS);
        int turn = 0;
        while (!isOver()) {
            assertThat(turn++).as("turns").isLessThan(MOST_TURNS);
            switch (random.nextInt(5)) {
                case 0 -> settle();
                case 1 -> sweep();
                default -> work(random.nextInt(6) == 0);
            }
        }
        faults.share(0);
        settleAll();
        check();
    }

    private NewJob job(String queue, String name) {
        NewJob job = bench.newJobs(List.of(bench.job().in(queue))).getFirst();
        names.put(job.id(), name);
        return job;
    }

    private void begin() {
        for (int i = 0; i < ITEMS; i++) {
            long id = bench.store().reserveIds(1).first();
            var item = NewBatch.item(id, "grade", "item" + i, bench.tick());
            NewJob first = job(Bench.QUEUE, i + "/1").inBatch(id);
            bench.store().batches().submit(List.of(new NewItem(item, first)), false);
            bench.accepted(List.of(first));
            steps.put(i + "/1", 1);
        }
        batch = bench.store().reserveIds(1).first();
        NewJob waits =
                bench.newJobs(List.of(bench.job().in("done").due(Ending.Next.Waiting.FOR_EVER)))
                        .getFirst();
        done = waits.id();
        bench.store()
                .batches()
                .create(
                        new NewBatch(batch, 0, "b", null, bench.tick(), waits, null, null, false),
                        false);
        bench.accepted(List.of(waits));
        var members = new ArrayList<NewJob>();
        for (int i = 0; i < 8; i++) {
            members.add(job(Bench.QUEUE, "member").inBatch(batch));
        }
        bench.store().batches().add(batch, members, false);
        bench.accepted(members);
        bench.store().batches().close(batch);
    }

    /** Repeats a call until it is answered. */
    private <T> T answered(Supplier<T> call) {
        while (true) {
            try {
                return call.get();
            } catch (MillraceException e) {
                assertThat(e.code()).isEqualTo(MillraceException.Code.STORE_UNAVAILABLE);
            }
        }
    }

    /** A worker's life: it takes some jobs, ends some or none of them, and may die. */
    private void work(boolean dies) {
        Hand worker = bench.worker();
        List<ClaimedJob> jobs = worker.claim(1 + random.nextInt(4));
        var endings = new ArrayList<Ending>();
        for (ClaimedJob job : jobs) {
            endings.add(ending(worker, job));
        }
        if (dies) {
            try {
                faulty.complete(endings);
                endings.forEach(this::recorded);
            } catch (MillraceException lost) {
                // it dies before it asks again: what it brought may be there or not
                bench.bury(worker);
                for (Ending ending : endings) {
                    if (wasRecorded(ending)) {
                        recorded(ending);
                    }
                }
                return;
            }
        } else {
            List<Recorded> answers = answered(() -> faulty.complete(endings));
            assertThat(answers).doesNotContain(Recorded.LOST, Recorded.BUSY);
            endings.forEach(this::recorded);
            assertThat(bench.store().complete(endings)).allMatch(Recorded.ALREADY::equals);
        }
        bench.bury(worker);
    }

    private boolean wasRecorded(Ending ending) {
        return bench.find(ending.jobId()).state().isEnded();
    }

    private void recorded(Ending ending) {
        // only what was accepted with the one ending of this job that the store has
        for (NewJob next : ending.follow().then()) {
            assertThat(bench.store().find(next.id())).as("what follows").isPresent();
            bench.accepted(List.of(next));
            if (!name(next.id()).equals("member")) {
                steps.merge(name(next.id()), 1, Integer::sum);
            }
        }
    }

    private String name(long job) {
        return names.getOrDefault(job, "?");
    }

    private Ending ending(Hand worker, ClaimedJob job) {
        var then = new ArrayList<NewJob>();
        String name = name(job.id());
        if (name.equals("member")) {
            if (extended < 5 && random.nextInt(3) == 0) {
                extended++;
                then.add(job(Bench.QUEUE, "member").inBatch(batch));
            }
        } else {
            String[] parts = name.split("/", 2);
            int step = Integer.parseInt(parts[1]);
            if (step < STEPS) {
                String next = parts[0] + "/" + (step + 1);
                then.add(job(Bench.QUEUE, next).inBatch(job.terms().batch()));
            }
        }
        Ending end = worker.ends(job).completed(name.equals("member") ? null : "\"" + name + "\"");
        return end.with(new Ending.Follow(job.terms().batch(), then));
    }

    private void settle() {
        JobStore by = random.nextBoolean() ? faulty : bench.store();
        try {
            by.batches().settle(bench.tick(), 1 + random.nextInt(5));
        } catch (MillraceException lost) {
            assertThat(lost.code()).isEqualTo(MillraceException.Code.STORE_UNAVAILABLE);
        }
    }

    private void sweep() {
        try {
            faulty.batches().sweep(BatchPlace.FIRST, 1 + random.nextInt(20));
        } catch (MillraceException lost) {
            assertThat(lost.code()).isEqualTo(MillraceException.Code.STORE_UNAVAILABLE);
        }
    }

    private boolean isOver() {
        return bench.store().queues().stream()
                .filter(queue -> queue.queue().equals(Bench.QUEUE))
                .allMatch(queue -> queue.available() + queue.running() == 0);
    }

    private void settleAll() {
        BatchStore batches = bench.store().batches();
        BatchPlace place = BatchPlace.FIRST;
        do {
            place = batches.sweep(place, 100);
        } while (!place.equals(BatchPlace.FIRST));
        while (batches.settle(bench.tick(), 100).counted() > 0) {
            assertThat(batches.find(batch)).isPresent();
        }
    }

    private void check() {
        BatchStore batches = bench.store().batches();
        assertThat(steps).hasSize(ITEMS * STEPS).allSatisfy((name, n) -> assertThat(n).isOne());
        for (int i = 0; i < ITEMS; i++) {
            var item = batches.item("grade", "item" + i).orElseThrow();
            assertThat(item.state()).isEqualTo(BatchState.COMPLETED);
            assertThat(item.added()).isEqualTo(STEPS);
            assertThat(item.completed()).isEqualTo(STEPS);
            assertThat(batches.members(item.id(), null, 0, 100))
                    .hasSize(STEPS)
                    .allMatch(member -> member.state() == BatchMember.State.COMPLETED);
        }
        var all = batches.find(batch).orElseThrow();
        assertThat(all.state()).isEqualTo(BatchState.COMPLETED);
        assertThat(all.completed()).isEqualTo(8L + extendedAccepted());
        assertThat(bench.stateName(done)).isEqualTo(JobState.Name.AVAILABLE);
        Hand last = bench.worker();
        List<ClaimedJob> callbacks = last.claim("done", Set.of(Bench.WORK), 10);
        assertThat(Bench.ids(callbacks)).containsExactly(done);
        last.complete(callbacks.getFirst());
        settleAll();
        assertThat(last.claim("done", Set.of(Bench.WORK), 10)).isEmpty();
    }

    private long extendedAccepted() {
        return names.entrySet().stream()
                        .filter(entry -> entry.getValue().equals("member"))
                        .filter(entry -> bench.store().find(entry.getKey()).isPresent())
                        .count()
                - 8;
    }
}
