package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobTerms;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.JobStore;
import dev.millrace.store.KeyHold;
import dev.millrace.store.NewJob;
import dev.millrace.store.PruneRules;
import dev.millrace.store.QueueControl;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What a {@link ModelComparison} asks of jobs and queues beyond running them. */
final class ModelAsks {
    private static final int KEYS = 6;
    private static final int IDEMPOTENCY_KEYS = 8;

    private final JobStore store;
    private final MemoryStore model;
    private final FakeClock clock;
    private final Random random;
    private final List<NewJob> jobs;
    private final Set<Long> pruned;
    private List<NewJob> lastKeyed = List.of();

    /**
     * @param jobs what was accepted
     * @param pruned which of them are gone for good
     */
    ModelAsks(
            JobStore store,
            MemoryStore model,
            FakeClock clock,
            Random random,
            List<NewJob> jobs,
            Set<Long> pruned) {
        this.store = store;
        this.model = model;
        this.clock = clock;
        this.random = random;
        this.jobs = jobs;
        this.pruned = pruned;
    }

    private Instant now() {
        return clock.instant();
    }

    private Instant within(Duration wait) {
        return now().plusNanos(1000 * (1 + random.nextLong(wait.toNanos() / 1000)));
    }

    /** The same job, now and then with a time to live. */
    NewJob dated(NewJob job) {
        return random.nextInt(8) == 0
                ? with(job, null, within(Duration.ofMinutes(2)), List.of())
                : job;
    }

    /** The same job, mostly with keys. */
    private NewJob keyed(NewJob job) {
        var holds = new ArrayList<KeyHold>();
        if (random.nextInt(5) == 0) {
            holds.add(
                    new KeyHold(
                            KeyHold.Scope.IDEMPOTENCY,
                            "i" + random.nextInt(IDEMPOTENCY_KEYS),
                            within(Duration.ofMinutes(2)),
                            OnConflict.KEEP,
                            "f" + random.nextInt(2)));
        }
        String unique = null;
        if (random.nextInt(4) > 0) {
            unique = "k" + random.nextInt(KEYS);
            var answers = OnConflict.values();
            holds.add(
                    new KeyHold(
                            KeyHold.Scope.UNIQUE,
                            unique,
                            random.nextInt(3) == 0 ? within(Duration.ofMinutes(1)) : null,
                            answers[random.nextInt(answers.length)],
                            ""));
        }
        return with(job, unique, job.terms().expiresAt(), holds);
    }

    private static NewJob with(
            NewJob job, @Nullable String unique, @Nullable Instant expiresAt, List<KeyHold> holds) {
        return new NewJob(
                job.id(),
                job.queue(),
                job.kind(),
                job.version(),
                job.priority(),
                job.payload(),
                job.maxAttempts(),
                job.retry(),
                job.tags(),
                job.createdAt(),
                job.runAt(),
                new JobTerms(unique, expiresAt, null, Map.of()),
                holds,
                job.durability());
    }

    /** Enqueues drafts, most of which get keys. */
    void enqueue(List<NewJob> drafts) {
        lastKeyed = drafts.stream().map(this::keyed).toList();
        var answers = store.enqueueKeyed(lastKeyed, false);
        assertThat(answers).as("%s", lastKeyed).isEqualTo(model.enqueueKeyed(lastKeyed, false));
        accepted(lastKeyed, answers);
    }

    /** As when the answer to the last call was lost; what came between does not matter. */
    void resend() {
        if (lastKeyed.stream().anyMatch(job -> pruned.contains(job.id()))) {
            return;
        }
        var answers = store.enqueueKeyed(lastKeyed, true);
        assertThat(answers.stream().map(ModelAsks::again).toList())
                .as("%s", lastKeyed)
                .isEqualTo(
                        model.enqueueKeyed(lastKeyed, true).stream()
                                .map(ModelAsks::again)
                                .toList());
        accepted(lastKeyed, answers);
    }

    /** Whether a job took another's place need not be known any more. */
    private static Accepted again(Accepted answer) {
        return answer.how() == How.REPLACED ? new Accepted(answer.jobId(), How.NEW) : answer;
    }

    private void accepted(List<NewJob> batch, List<Accepted> answers) {
        for (int i = 0; i < batch.size(); i++) {
            long id = batch.get(i).id();
            if (answers.get(i).jobId() == id && jobs.stream().noneMatch(job -> job.id() == id)) {
                jobs.add(batch.get(i));
            }
        }
    }

    void cancel(List<Long> ids) {
        String reason = "because " + random.nextInt(100);
        assertThat(store.cancel(ids, reason, now())).isEqualTo(model.cancel(ids, reason, now()));
    }

    void delete(List<Long> ids) {
        var found = store.delete(ids);
        assertThat(found).isEqualTo(model.delete(ids));
        found.forEach((id, state) -> {
            if (model.find(id).isEmpty()) {
                pruned.add(id);
                assertThat(store.find(id)).as("job %d, deleted", id).isEmpty();
            }
        });
    }

    void settle() {
        clock.advance(Duration.ofSeconds(random.nextInt(10)));
        var real = store.settle(now(), 1000);
        var same = model.settle(now(), 1000);
        assertThat(real.expired()).as("expired").isEqualTo(same.expired());
        assertThat(real.cancelled()).as("cancelled").isEqualTo(same.cancelled());
        inTime(real.next());
    }

    /** A store may want to settle sooner than there is need, never later. */
    void inTime(@Nullable Instant next) {
        Instant need = null;
        for (var entry : model.state.spots.entrySet()) {
            var expiresAt = model.state.body(entry.getKey()).terms().expiresAt();
            boolean waits =
                    entry.getValue() instanceof MemoryState.Waiting
                            || entry.getValue() instanceof MemoryState.Due;
            if (waits && expiresAt != null && model.state.expiries.containsKey(entry.getKey())) {
                need = need == null || expiresAt.isBefore(need) ? expiresAt : need;
            }
        }
        if (!model.state.cancelRequests.isEmpty()) {
            var look = now().plusSeconds(1);
            need = need == null || look.isBefore(need) ? look : need;
        }
        if (need != null) {
            assertThat(next).as("when to settle").isNotNull();
            assertThat(next).isBeforeOrEqualTo(need.isBefore(now()) ? now() : need);
        }
    }

    void control(String queue) {
        var control =
                random.nextInt(5) < 3
                        ? QueueControl.NONE
                        : new QueueControl(
                                random.nextInt(3) == 0,
                                random.nextInt(4) == 0 ? null : 1 + random.nextInt(6));
        var change =
                switch (random.nextInt(3)) {
                    case 0 -> QueueControl.Change.paused(control.paused());
                    case 1 -> QueueControl.Change.limit(control.maxRunning());
                    default -> QueueControl.Change.to(control);
                };
        store.control(queue, change);
        model.control(queue, change);
        assertThat(store.control(queue)).isEqualTo(model.control(queue));
    }

    void holders() {
        for (int i = 0; i < KEYS; i++) {
            assertThat(store.holder("k" + i, now()))
                    .as("holder of k%d", i)
                    .isEqualTo(model.holder("k" + i, now()));
        }
    }

    /** Removes what is old by rules drawn at random. */
    void prune(List<String> queues) {
        var byQueue = new HashMap<String, PruneRules.Rule>();
        for (var queue : queues) {
            if (random.nextInt(3) == 0) {
                byQueue.put(queue, rule());
            }
        }
        var rules = new PruneRules(now(), byQueue, rule());
        for (long after = 0; (after = store.prune(rules, after, 10)) != 0; ) {
            assertThat(after).isPositive();
        }
        for (long after = 0; (after = model.prune(rules, after, 10)) != 0; ) {
            assertThat(after).isPositive();
        }
        for (var job : jobs) {
            if (!pruned.contains(job.id()) && model.find(job.id()).isEmpty()) {
                pruned.add(job.id());
                assertThat(store.find(job.id())).as("job %d, pruned", job.id()).isEmpty();
            }
        }
    }

    private PruneRules.Rule rule() {
        var finished = now().minusSeconds(random.nextInt(120));
        return new PruneRules.Rule(
                finished, random.nextBoolean() ? null : now().minusSeconds(random.nextInt(120)));
    }

    /** The ids of some of these jobs, and one that does not exist. */
    List<Long> some(List<NewJob> of, int oneIn) {
        var ids = new ArrayList<Long>();
        for (var job : of) {
            if (random.nextInt(oneIn) == 0) {
                ids.add(job.id());
            }
        }
        ids.add(Long.MAX_VALUE);
        return ids;
    }

    boolean isPaused(String queue) {
        return model.control(queue).paused();
    }
}
