package dev.millrace.flow;

import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pipelines as people see them, from any process of their store. Thread-safe. */
public final class Pipelines {
    /** The most jobs of an item that its journey shows. */
    public static final int MOST_VISITS = 1_000;

    /** About the most characters of payloads, results and errors that a journey holds. */
    public static final int MOST_TEXT = 8 << 20;

    /** The most failures that a preview of a retry looks at. */
    public static final int MOST_PREVIEWED = 2_000;

    private static final int PAGE = 500;
    private static final int VISITS_AT_ONCE = 20;
    private static final int MOST_EXAMPLES = 10;
    private static final Duration RATED = Duration.ofMinutes(5);

    private final JobStore store;
    private final Clock clock;
    private final Json json = new Json();

    /** The pipelines of a store. */
    public Pipelines(JobStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * A step as it stands. Counts are exact up to {@value QueueSnapshot#COUNT_BOUND}; where a queue
     * is shared, they are the queue's.
     *
     * @param step how it is built
     * @param waiting items that wait for a worker or for a limit
     * @param later items that are tried again later
     * @param running items at work
     * @param failed items set aside here
     * @param perMinute items that left it well in the last five minutes, by the minute
     * @param left how long what waits and runs takes at that rate; {@code null} where nothing left
     *     it
     */
    public record StepLook(
            PipelinePlan.Step step,
            int waiting,
            int later,
            int running,
            int failed,
            double perMinute,
            @Nullable Duration left) {}

    /**
     * A pipeline as it stands.
     *
     * @param name its name
     * @param steps in their order
     */
    public record Look(String name, List<StepLook> steps) {
        /** Copies the steps. */
        public Look {
            steps = List.copyOf(steps);
        }
    }

    /**
     * The way of one item.
     *
     * @param item how it stands
     * @param visits its jobs by the order in which they were accepted, at most {@value
     *     #MOST_VISITS} and up to the one with which they hold {@value #MOST_TEXT} characters of
     *     payloads, results and errors, each with its attempts
     * @param isWhole whether the item had no further jobs; jobs that were pruned count for nothing
     */
    public record Journey(BatchSnapshot item, List<JobSnapshot> visits, boolean isWhole) {
        /** Copies the visits. */
        public Journey {
            visits = List.copyOf(visits);
        }
    }

    /** How every pipeline is built that a process of this store ever ran, by name. */
    public List<PipelinePlan> plans() {
        var plans = new ArrayList<PipelinePlan>();
        store.batches()
                .plans()
                .forEach((name, plan) ->
                        plans.add(
                                json.read(
                                        "plan of pipeline '%s'".formatted(name),
                                        plan,
                                        PipelinePlan.class)));
        return plans;
    }

    /** How one is built. */
    public Optional<PipelinePlan> plan(String pipeline) {
        return plans().stream().filter(plan -> plan.name().equals(pipeline)).findFirst();
    }

    /** Every pipeline as it stands; two round trips more than {@link #plans}. */
    public List<Look> look() {
        var plans = plans();
        Map<String, QueueSnapshot> queues = new HashMap<>();
        store.queues().forEach(queue -> queues.put(queue.queue(), queue));
        Instant now = clock.instant();
        Map<String, Long> left = new HashMap<>();
        // the minute under way is summed too, so that a pipeline just begun has a rate
        var range = TallyRange.minutes(null, now.minus(RATED), now.plus(Duration.ofMinutes(1)));
        for (Tally tally : store.tallies().sums(range)) {
            left.merge(tally.queue(), tally.completed(), Long::sum);
        }
        return plans.stream()
                .map(plan ->
                        new Look(
                                plan.name(),
                                plan.steps().stream()
                                        .map(step ->
                                                look(
                                                        step,
                                                        queues.get(step.queue()),
                                                        left.getOrDefault(step.queue(), 0L)))
                                        .toList()))
                .toList();
    }

    private static StepLook look(
            PipelinePlan.Step step, @Nullable QueueSnapshot queue, long completed) {
        double perMinute = completed / (double) RATED.toMinutes();
        if (queue == null) {
            return new StepLook(step, 0, 0, 0, 0, perMinute, null);
        }
        int waiting = waiting(queue);
        int todo = waiting + queue.running();
        Duration left =
                perMinute == 0 ? null : Duration.ofSeconds(Math.round(60 * todo / perMinute));
        return new StepLook(
                step,
                waiting,
                queue.scheduled(),
                queue.running(),
                queue.discarded(),
                perMinute,
                left);
    }

    /** What waits for a worker or for a limit, as far as that is counted. */
    static int waiting(QueueSnapshot queue) {
        return Math.min(QueueSnapshot.COUNT_BOUND, queue.available() + queue.blocked());
    }

    /** The newest item with this key, with its way so far. Cost: a look for some of its jobs. */
    public Optional<Journey> journey(String pipeline, String key) {
        return store.batches().item(pipeline, key).map(this::journey);
    }

    private Journey journey(BatchSnapshot item) {
        var members = store.batches().members(item.id(), null, 0, MOST_VISITS);
        var visits = new ArrayList<JobSnapshot>();
        long text = 0;
        int shown = 0;
        Map<Long, JobSnapshot> found = Map.of();
        while (shown < members.size() && text < MOST_TEXT) {
            if (shown % VISITS_AT_ONCE == 0) {
                int end = Math.min(members.size(), shown + VISITS_AT_ONCE);
                var some = members.subList(shown, end);
                found = store.find(some.stream().map(BatchMember::id).toList());
            }
            var visit = found.get(members.get(shown++).id());
            if (visit != null) {
                visits.add(visit);
                text += text(visit);
            }
        }
        return new Journey(item, visits, shown == members.size() && !isMore(item, members));
    }

    private boolean isMore(BatchSnapshot item, List<BatchMember> members) {
        return members.size() == MOST_VISITS
                && !store.batches().members(item.id(), null, members.getLast().id(), 1).isEmpty();
    }

    /** How much of a journey a job is; what is short everywhere counts for nothing. */
    private static long text(JobSnapshot job) {
        long text = job.payload().length();
        if (job.state() instanceof JobState.Completed done && done.result() != null) {
            text += done.result().length();
        }
        for (var attempt : job.attempts()) {
            if (attempt.error() != null) {
                text += attempt.error().message().length() + attempt.error().stack().length();
            }
        }
        return text;
    }

    /**
     * What a retry of many came to.
     *
     * @param looked jobs set aside that were looked at
     * @param retried those of them that run again
     */
    public record Retried(long looked, long retried) {}

    /**
     * Has every item go on that was set aside at a step, in bounded steps. One whose key entered
     * once more since stays aside: the newer item stands for it, however it stands. Cost: up to
     * three looks for each.
     *
     * @param reason only those whose error's type or message contains this; {@code null} for all
     * @throws MillraceException with {@code invalid-input} when there is no such step
     */
    public Retried retry(String pipeline, String step, @Nullable String reason) {
        var filter = failed(pipeline, step);
        String cursor = null;
        long looked = 0;
        long retried = 0;
        do {
            JobPage page = store.list(filter, PAGE, cursor);
            var wanted = new ArrayList<Long>();
            for (JobSnapshot job : page.items()) {
                looked++;
                if (isMeant(pipeline, job, reason)) {
                    wanted.add(job.id());
                }
            }
            retried +=
                    store.retry(wanted, clock.instant()).values().stream()
                            .filter(state -> state == JobState.Name.DISCARDED)
                            .count();
            cursor = page.next();
        } while (cursor != null);
        if (retried > 0) {
            store.signals().announce();
        }
        return new Retried(looked, retried);
    }

    /**
     * What a retry of many would come to.
     *
     * @param looked jobs set aside that were looked at, at most {@value #MOST_PREVIEWED}
     * @param matching those of them that failed for the reason
     * @param isAtLeast whether there are more that were not looked at
     * @param examples the newest that match, at most 10
     */
    public record Preview(long looked, long matching, boolean isAtLeast, List<Long> examples) {
        /** Copies the examples. */
        public Preview {
            examples = List.copyOf(examples);
        }
    }

    /**
     * What {@link #retry} would come to; changes nothing.
     *
     * @param reason only those whose error's type or message contains this; {@code null} for all
     * @throws MillraceException with {@code invalid-input} when there is no such step
     */
    public Preview preview(String pipeline, String step, @Nullable String reason) {
        var filter = failed(pipeline, step);
        var examples = new ArrayList<Long>();
        String cursor = null;
        long looked = 0;
        long matching = 0;
        do {
            JobPage page = store.list(filter, PAGE, cursor);
            for (JobSnapshot job : page.items()) {
                looked++;
                if (isMeant(pipeline, job, reason)) {
                    matching++;
                    if (examples.size() < MOST_EXAMPLES) {
                        examples.add(job.id());
                    }
                }
            }
            cursor = page.next();
        } while (cursor != null && looked < MOST_PREVIEWED);
        return new Preview(looked, matching, cursor != null, examples);
    }

    private JobFilter failed(String pipeline, String step) {
        return plan(pipeline).stream()
                .flatMap(plan -> plan.steps().stream())
                .filter(each -> each.name().equals(step))
                .findFirst()
                .map(which ->
                        new JobFilter(JobState.Name.DISCARDED, which.queue(), which.kind(), null))
                .orElseThrow(() -> unknown(pipeline, step));
    }

    private boolean isMeant(String pipeline, JobSnapshot job, @Nullable String reason) {
        return (reason == null || failedFor(job.id(), reason)) && isNewest(pipeline, job);
    }

    /** Whether no item has entered since with the key of the one that a job belongs to. */
    private boolean isNewest(String pipeline, JobSnapshot job) {
        long own = job.terms().batch();
        String key = store.batches().find(own).map(BatchSnapshot::key).orElse(null);
        return key == null
                || store.batches().item(pipeline, key).stream().allMatch(item -> item.id() == own);
    }

    private boolean failedFor(long job, String reason) {
        JobSnapshot found = store.find(job).orElse(null);
        ErrorInfo error =
                found == null || found.attempts().isEmpty()
                        ? null
                        : found.attempts().getLast().error();
        return error != null && (error.type().contains(reason) || error.message().contains(reason));
    }

    private MillraceException unknown(String pipeline, String step) {
        String known =
                plan(pipeline)
                        .map(plan -> plan.steps().stream().map(PipelinePlan.Step::name).toList())
                        .map(Object::toString)
                        .orElse("no such pipeline");
        return MillraceException.invalid(
                "the step must be one of pipeline '%s' (%s), got '%s'; nothing was retried"
                        .formatted(pipeline, known, step));
    }
}
