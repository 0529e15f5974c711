package dev.millrace.flow;

import dev.millrace.job.Handler;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.Outcome;
import dev.millrace.job.Task;
import dev.millrace.queue.Batches;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueLimits;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Work in steps, each in a queue of its own with its own slots, retries and timeout. An item moves
 * as one job for each step: the next step's job is accepted in the transaction that records the end
 * of the one before, so a finished step is never done again and none is left out. What a step made
 * is its job's result and the next one's payload. Of one key there is at most one live item.
 *
 * <pre>{@code
 * static final Pipeline<Company> GRADE =
 *         Pipeline.named("grade", Company.class)
 *                 .key(Company::name)
 *                 .step("website", Website.class, finder::find, s -> s.concurrency(20))
 *                 .step("fetch", Page.class, fetcher::fetch, s -> s.backlog(1_000))
 *                 .step("grade", Grade.class, (page, job) -> StepAnswer.next(grader.grade(page)))
 *                 .build();
 * }</pre>
 *
 * <p>Immutable. An item's own steps are known by their names: one that is taken away while items
 * wait in it leaves them waiting, as jobs of an unknown kind do.
 *
 * @param <I> an item
 */
public final class Pipeline<I> {
    private final String name;
    private final Function<? super I, String> key;
    private final List<Step<?, ?>> steps;

    private Pipeline(String name, Function<? super I, String> key, List<Step<?, ?>> steps) {
        this.name = name;
        this.key = key;
        this.steps = List.copyOf(steps);
    }

    /**
     * What a join is told: whose parts to gather.
     *
     * @param item the item's batch
     */
    record Ticket(long item) {}

    /** A step with its code. */
    private record Step<T, R>(
            String name,
            Task<T> task,
            Class<R> result,
            StepSettings settings,
            boolean joins,
            Function<Supplier<JobStore>, StepHandler<T, R>> code) {}

    /** Begins a pipeline of this name, 1 to 100 characters as in other names. */
    public static <I> Naming<I> named(String name, Class<I> type) {
        return new Naming<>(checked("pipeline", name), type);
    }

    private static String checked(String what, String name) {
        Names.check(what, name);
        if (name.length() > 100 || name.contains(".")) {
            throw MillraceException.invalid(
                    "%s must have at most 100 characters and no dot, got '%s'; nothing was started"
                            .formatted(what, name));
        }
        return name;
    }

    /** A pipeline whose items have no key yet. */
    public static final class Naming<I> {
        private final String name;
        private final Class<I> type;

        private Naming(String name, Class<I> type) {
            this.name = name;
            this.type = type;
        }

        /** Of one key at most one item is live; 1 to 200 characters as in other names. */
        public Building<I, I> key(Function<? super I, String> newKey) {
            return new Building<>(name, newKey, type, List.of());
        }
    }

    /**
     * A pipeline under way.
     *
     * @param <T> what its last step makes
     */
    public static final class Building<I, T> {
        private final String name;
        private final Function<? super I, String> key;
        private final Class<T> type;
        private final List<Step<?, ?>> steps;

        private Building(
                String name,
                Function<? super I, String> key,
                Class<T> type,
                List<Step<?, ?>> steps) {
            this.name = name;
            this.key = key;
            this.type = type;
            this.steps = steps;
        }

        /** A step with every default. */
        public <R> Building<I, R> step(String step, Class<R> result, StepHandler<T, R> handler) {
            return step(step, result, handler, settings -> settings);
        }

        /**
         * A step.
         *
         * @param result what it makes; read back from JSON
         * @param set what is other than by default
         */
        public <R> Building<I, R> step(
                String step,
                Class<R> result,
                StepHandler<T, R> handler,
                UnaryOperator<StepSettings> set) {
            return with(step, type, result, false, set, store -> handler);
        }

        /**
         * A step that runs once, when no other part of its item is left, with what those parts came
         * to that reached it. A pipeline has one at most, and not as its first.
         */
        public <R> Building<I, R> join(
                String step,
                Class<R> result,
                StepHandler<Joined<T>, R> handler,
                UnaryOperator<StepSettings> set) {
            if (steps.isEmpty() || steps.stream().anyMatch(Step::joins)) {
                throw MillraceException.invalid(
                        "a pipeline joins at most once and after its first step (pipeline '%s', step '%s'); nothing was started"
                                .formatted(name, step));
            }
            String before = steps.getLast().task().kind();
            var json = new Json();
            Class<T> part = type;
            return with(
                    step,
                    Ticket.class,
                    result,
                    true,
                    set,
                    store ->
                            (ticket, job) ->
                                    handler.handle(
                                            new Joined<>(
                                                    store.get(), json, ticket.item(), before, part),
                                            job));
        }

        private <P, R> Building<I, R> with(
                String step,
                Class<P> payload,
                Class<R> result,
                boolean joins,
                UnaryOperator<StepSettings> set,
                Function<Supplier<JobStore>, StepHandler<P, R>> code) {
            checked("step", step);
            StepSettings settings = set.apply(StepSettings.of(name, step));
            Task<P> task =
                    Task.named(name + "." + step, payload)
                            .queue(settings.queue())
                            .priority(settings.priority())
                            .retry(settings.retry());
            if (settings.timeout() != null) {
                task = task.timeout(settings.timeout());
            }
            var more = new ArrayList<>(steps);
            more.add(new Step<>(step, task, result, settings, joins, code));
            return new Building<>(name, key, result, more);
        }

        /** The pipeline. */
        public Pipeline<I> build() {
            var names = new HashSet<String>();
            if (steps.isEmpty() || !steps.stream().allMatch(step -> names.add(step.name()))) {
                throw MillraceException.invalid(
                        "a pipeline has at least one step and each name once, got %s (pipeline '%s'); nothing was started"
                                .formatted(steps.stream().map(Step::name).toList(), name));
            }
            return new Pipeline<>(name, key, steps);
        }
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** How it is built, as people see it. */
    public PipelinePlan plan() {
        return new PipelinePlan(
                name,
                steps.stream()
                        .map(step ->
                                new PipelinePlan.Step(
                                        step.name(),
                                        step.task().kind(),
                                        step.task().queue(),
                                        step.joins(),
                                        step.settings().backlog()))
                        .toList());
    }

    /** Takes the steps' code and slots. */
    public interface Binding {
        /** Code for a step's jobs. */
        <P> void handle(Task<P> task, Handler<P> handler);

        /** Slots for a step's queue, and what limits it in all processes. */
        void queue(String queue, int slots, QueueLimits limits);
    }

    /**
     * Gives every step's code to a worker.
     *
     * @param store where joins look for results, asked when they run
     */
    public void bind(Binding binding, Supplier<JobStore> store) {
        for (int i = 0; i < steps.size(); i++) {
            Step<?, ?> next = i + 1 < steps.size() ? steps.get(i + 1) : null;
            bind(binding, steps.get(i), next, store);
        }
    }

    private static <T, R> void bind(
            Binding binding, Step<T, R> step, @Nullable Step<?, ?> next, Supplier<JobStore> store) {
        StepHandler<T, R> code = step.code().apply(store);
        binding.handle(
                step.task(), (input, job) -> outcome(step, code.handle(input, job), next, job));
        StepSettings settings = step.settings();
        binding.queue(step.task().queue(), settings.concurrency(), settings.limits());
    }

    private static <R> Outcome outcome(
            Step<?, R> step, StepAnswer<R> answer, @Nullable Step<?, ?> next, JobContext job) {
        boolean joins = next != null && next.joins();
        // a join's job was accepted with its item and waits for all parts
        Step<?, ?> following = joins ? null : next;
        return switch (answer) {
            case StepAnswer.Next<R>(R value) ->
                    following == null
                            ? new Outcome.Completed(value)
                            : new Outcome.Then(value, List.of(request(step, following, value)));
            case StepAnswer.Many<R>(List<R> values) ->
                    following == null
                            ? new Outcome.Completed(joins ? Joined.many(values) : values)
                            : new Outcome.Then(
                                    values,
                                    values.stream().map(v -> request(step, following, v)).toList());
            case StepAnswer.Skip<R>(String reason) -> job.skip(reason);
            case StepAnswer.Reject<R>(String reason) -> job.discard(reason);
            case StepAnswer.RetryAfter<R> later -> later(later, job);
        };
    }

    private static Outcome later(StepAnswer.RetryAfter<?> later, JobContext job) {
        String key = later.key();
        return key == null
                ? job.snooze(later.delay(), later.reason())
                : job.retryAfter(later.delay(), key);
    }

    private static <T> JobRequest<T> request(Step<?, ?> step, Step<T, ?> next, Object value) {
        Class<T> type = next.task().payloadType();
        if (!type.isInstance(value)) {
            throw new ClassCastException(
                    "step '%s' must make a %s, got a %s"
                            .formatted(step.name(), type.getName(), value.getClass().getName()));
        }
        return keyed(next, next.task().with(type.cast(value)), value);
    }

    /** With the keys that the step reads off its input. */
    private static <T> JobRequest<T> keyed(Step<T, ?> step, JobRequest<T> request, Object input) {
        JobRequest<T> keyed = request;
        if (step.joins()) {
            return keyed; // what it is given is not there yet
        }
        for (var key : step.settings().keys().entrySet()) {
            String its = key.getValue().of(input);
            if (its != null) {
                keyed = keyed.key(key.getKey(), its);
            }
        }
        return keyed;
    }

    /** An item as it enters, with its first job; refused also where its keys cannot be read. */
    Batches.Item entering(I item) {
        try {
            String itsKey = Names.check("item", key.apply(item));
            return new Batches.Item(itsKey, first(steps.getFirst(), item));
        } catch (MillraceException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "an item of pipeline '%s' must have keys, but reading them failed: %s; it was not accepted"
                            .formatted(name, e),
                    e);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> JobRequest<T> first(Step<T, ?> step, Object item) {
        return keyed(step, step.task().with((T) item), item);
    }

    /** What runs last, for an item; {@code null} where nothing joins. */
    Batches.@Nullable Join join() {
        for (Step<?, ?> step : steps) {
            if (step.joins()) {
                return id -> first(step, new Ticket(id));
            }
        }
        return null;
    }
}
