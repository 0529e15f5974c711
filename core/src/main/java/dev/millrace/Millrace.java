package dev.millrace;

import dev.millrace.admin.BulkAction;
import dev.millrace.admin.Failures;
import dev.millrace.admin.JobQuery;
import dev.millrace.admin.JobSearch;
import dev.millrace.admin.QueueScale;
import dev.millrace.admin.Scale;
import dev.millrace.flow.Pipeline;
import dev.millrace.flow.Pipelines;
import dev.millrace.flow.Submissions;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.queue.Batch;
import dev.millrace.queue.BatchCallback;
import dev.millrace.queue.JobHandle;
import dev.millrace.queue.JobQueue;
import dev.millrace.queue.StreamReceipt;
import dev.millrace.remote.RemoteWork;
import dev.millrace.schedule.Schedules;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueLimits;
import dev.millrace.upkeep.Leader;
import dev.millrace.upkeep.Leaders;
import dev.millrace.worker.Worker;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A running Millrace: the way in for jobs and, when it has handlers, a worker for them. Built by
 * {@link #builder()}, thread-safe, closed once.
 *
 * <pre>{@code
 * record Reminder(String to, long offerId) {}
 * static final Task<Reminder> REMIND = Task.named("mail.remind", Reminder.class);
 *
 * var millrace = Millrace.builder()
 *     .store(SqliteStore.at(Path.of("millrace.db")))
 *     .handle(REMIND, (reminder, job) -> mailer.send(reminder.to()))
 *     .start();
 * millrace.enqueue(REMIND.with(new Reminder("a@b.c", 7)).delay(Duration.ofDays(2)));
 * }</pre>
 */
public final class Millrace implements AutoCloseable {
    private final MillraceBuilder settings;
    private final JobStore store;
    private final Json json = new Json();
    private final Assembly parts;
    private final JobQueue queue;
    private final @Nullable Worker worker;

    Millrace(MillraceBuilder settings, JobStore store) {
        this.settings = settings;
        this.store = store;
        this.parts = new Assembly(settings, store, json);
        this.queue = parts.queue();
        this.worker = parts.worker();
    }

    /** A builder with every default. */
    public static MillraceBuilder builder() {
        return new MillraceBuilder();
    }

    void begin() {
        parts.start();
    }

    /**
     * Work for workers in other languages and places, which reach this process by messages. From
     * the first of them on this process watches over delayed jobs and dead workers as one with
     * handlers does, so that none of those is needed.
     */
    public RemoteWork remote() {
        return parts.remote();
    }

    /**
     * Accepts one job; durable when it returns.
     *
     * @throws MillraceException with {@code invalid-input} when the request can never be accepted;
     *     with {@code store-unavailable} when the store did not answer in time, in which case the
     *     job may or may not have been accepted
     * @throws InterruptedException when interrupted before the job was sent; it is not accepted
     */
    public JobHandle enqueue(JobRequest<?> request) throws InterruptedException {
        return queue.enqueue(request);
    }

    /**
     * Accepts a stream of jobs of any length, holding only a few thousand in memory. The first job
     * whose idempotency key came before with another request ends it.
     *
     * @return how many were accepted; jobs whose keys others hold are not counted
     * @throws MillraceException as {@link #enqueue(JobRequest)}; jobs accepted before it stay, and
     *     the message says how many
     */
    public long enqueueAll(Stream<? extends JobRequest<?>> requests) throws InterruptedException {
        return enqueueAll(
                        requests,
                        (index, why) -> {
                            throw why;
                        })
                .accepted();
    }

    /**
     * The same, which counts jobs whose keys others hold, and goes on after refused ones.
     *
     * @param refusals hears of jobs whose idempotency key came before with another request
     */
    public StreamReceipt enqueueAll(
            Stream<? extends JobRequest<?>> requests, StreamReceipt.Refusals refusals)
            throws InterruptedException {
        return queue.enqueueAll(requests, refusals);
    }

    /**
     * Accepts a job inside the caller's own open transaction (PostgreSQL): it exists if and only if
     * that commits. Call {@link #wake} after the commit to have it start at once rather than within
     * a second.
     *
     * @param connection to the same database as the store's, not in auto-commit mode
     * @throws MillraceException with {@code not-supported} on SQLite
     */
    public JobHandle enqueue(Connection connection, JobRequest<?> request) {
        return queue.enqueue(connection, List.of(request)).getFirst();
    }

    /** Accepts several jobs inside the caller's own open transaction; one round trip. */
    public List<JobHandle> enqueue(Connection connection, List<JobRequest<?>> requests) {
        return queue.enqueue(connection, requests);
    }

    /**
     * Makes a batch of jobs that belong together, has it filled, and closes it. It ends when the
     * last member has ended; its members may add more until then.
     *
     * @param name what people call it; 1 to 200 characters as in other names
     * @param callbacks jobs that wait for it, at most one of each kind; each runs once
     * @throws MillraceException as {@link #enqueue(JobRequest)}; what was accepted is cancelled
     *     then
     */
    public Batch batch(String name, Batch.Filling filling, BatchCallback... callbacks)
            throws InterruptedException {
        return queue.batches().make(name, filling, callbacks);
    }

    /** Makes a batch that stays open until {@link Batch#close}. */
    public Batch openBatch(String name, BatchCallback... callbacks) {
        return queue.batches().open(name, callbacks);
    }

    /** A handle on a batch made earlier or elsewhere; whether it exists is not checked. */
    public Batch batch(long id) {
        return queue.batches().batch(id);
    }

    /**
     * Has an item enter a pipeline, which need not run in this process; durable when it returns.
     *
     * @return the item's number; 0 where a live item of the pipeline has its key
     * @throws MillraceException with {@code invalid-input} when it can never enter
     */
    public <I> long submit(Pipeline<I> pipeline, I item) {
        return new Submissions(queue.batches()).submit(pipeline, item);
    }

    /**
     * Has a stream of items of any length enter, holding 500 at a time.
     *
     * @param refusals hears of items that can never enter; the others go on
     */
    public <I> Submissions.Receipt submitAll(
            Pipeline<I> pipeline,
            Stream<? extends I> items,
            Submissions.Refusals<? super I> refusals) {
        return new Submissions(queue.batches()).submitAll(pipeline, items, refusals);
    }

    /** Pipelines as people see them. */
    public Pipelines pipelines() {
        return new Pipelines(store, settings.clock());
    }

    /** A handle on a job accepted earlier or elsewhere; whether it exists is not checked. */
    public JobHandle job(long id) {
        return queue.handle(id);
    }

    /**
     * Cancels a job: one that waits ends at once; one that runs is interrupted, in another process
     * within a second, and ends as cancelled unless it completes all the same.
     *
     * @param reason for people, kept in the job's history
     * @return the state in which it was found; empty when there is no such job. Ended and discarded
     *     jobs stay as they are
     */
    public Optional<JobState.Name> cancel(long jobId, String reason) {
        var found = store.cancel(List.of(jobId), reason, settings.clock().instant());
        if (worker != null && found.get(jobId) == JobState.Name.RUNNING) {
            worker.cancel(jobId, reason);
        }
        return Optional.ofNullable(found.get(jobId));
    }

    /**
     * Has nothing of a queue claimed in any process, until {@link #resume}; what runs goes on.
     * Heeded within a second.
     */
    public void pause(String queue) {
        change(queue, QueueControl.Change.paused(true));
    }

    /** Ends a pause; does nothing when the queue is not paused. */
    public void resume(String queue) {
        change(queue, QueueControl.Change.paused(false));
    }

    /**
     * Limits how many jobs of a queue with the same value of a key run at once in all processes
     * together. Heeded within a second or two; what runs goes on. Of two changes made at once to
     * one queue's limits by key the later one holds.
     *
     * @param name of the key, such as {@code tenant}
     * @param most 1 to 1,000,000; {@code null} for no limit
     * @return the limits by key as they are now
     */
    public QueueLimits limitPerKey(String queue, String name, @Nullable Integer most) {
        return limits(queue, before -> before.withKey(name, most));
    }

    /**
     * Changes what limits a queue's jobs by their keys, by its rate and by what it shares with
     * other queues. Heeded within a second or two; what runs goes on. Of two changes made at once
     * to one queue the later one holds.
     *
     * @param change from what is set to what is to be
     * @return what is set now
     */
    public QueueLimits limits(String queue, UnaryOperator<QueueLimits> change) {
        var after = change.apply(store.limits().limits().getOrDefault(queue, QueueLimits.NONE));
        store.limits().limit(queue, after);
        return after;
    }

    /**
     * Limits how often jobs of a queue with the same value of a key are let through in all
     * processes together. Heeded within a second or two. Of two changes made at once to one queue's
     * limits by key the later one holds.
     *
     * @param name of the key, such as {@code host}
     * @param rate {@code null} for none
     * @return the limits by key as they are now
     */
    public QueueLimits ratePerKey(String queue, String name, @Nullable KeyRate rate) {
        return limits(queue, before -> before.withRate(name, rate));
    }

    /**
     * Limits how many jobs of a queue run at once in all processes together. Heeded within a
     * second; what runs goes on.
     *
     * @param maxRunning 1 to 1,000,000; {@code null} for no limit
     */
    public void limit(String queue, @Nullable Integer maxRunning) {
        change(queue, QueueControl.Change.limit(maxRunning));
    }

    /**
     * An action on every job that matches a filter, not begun: look at its preview, then run it.
     *
     * @param reason kept in the history of cancelled jobs
     */
    public BulkAction bulk(BulkAction.Kind kind, JobFilter filter, String reason) {
        return new BulkAction(store, settings.clock(), settings.random(), kind, filter, reason);
    }

    /**
     * A page of the jobs that a search finds; see {@link JobQuery} for how it is written.
     *
     * @param limit 1 to 1000
     * @param cursor {@link JobPage#next} of the page before; {@code null} for the first
     */
    public JobPage search(JobQuery query, int limit, @Nullable String cursor) {
        return new JobSearch(store, settings.clock()).page(query, limit, cursor);
    }

    /**
     * Discarded jobs by what went wrong, among those accepted last.
     *
     * @param queue only of this queue; {@code null} for all
     * @param kind only of this kind; {@code null} for all
     * @param limit the most groups, 1 to {@value Failures#MOST_GROUPS}
     */
    public Failures failures(@Nullable String queue, @Nullable String kind, int limit) {
        return failures(queue, kind, limit, Failures.FEW_JOBS, null);
    }

    /**
     * The same among some queues only.
     *
     * @param ids the most ids of each group, 0 and up
     * @param among which queues count; {@code null} for all
     */
    public Failures failures(
            @Nullable String queue,
            @Nullable String kind,
            int limit,
            int ids,
            @Nullable Set<String> among) {
        return Failures.look(store, queue, kind, limit, ids, among);
    }

    /**
     * Tells a worker, in whatever process, to claim nothing more and to finish what it runs; heeded
     * within a second. Its process goes on, to be stopped when the worker runs nothing.
     *
     * @return whether there is such a worker that was not declared dead
     */
    public boolean drain(long workerId) {
        return store.drain(workerId);
    }

    /**
     * Every queue with what it has to do and how many workers it wants for that.
     *
     * @param targetWait how long jobs may wait for a slot, 1 s to 1 day; {@link Scale#TARGET} where
     *     nothing else is known
     */
    public List<QueueScale> scale(Duration targetWait) {
        return new Scale(store, settings.clock()).look(targetWait);
    }

    private void change(String queue, QueueControl.Change change) {
        store.control(Names.check("queue", queue), change);
    }

    /**
     * Sends a signal to a job, which receives it by {@link JobContext#waitFor}; kept until then,
     * and durable when it returns. A job that waits for it runs on.
     *
     * @param name 1 to 200 characters as in other names
     * @param payload anything that can be written as JSON, at most as large as a job's payload
     * @return the state in which the job was found; empty when there is no such job. Jobs that have
     *     ended or are discarded are sent nothing
     */
    public Optional<JobState.Name> signal(long jobId, String name, Object payload) {
        Names.check("signal", name);
        String text =
                json.write(
                        "signal '%s' to job %d".formatted(name, jobId),
                        payload,
                        settings.maxPayloadBytes());
        var found = store.reports().signal(jobId, name, text, settings.clock().instant());
        wake();
        return found;
    }

    /** What a job has left behind while it ran: progress, checkpoint, steps, log. One look. */
    public JobReport report(long jobId) {
        return store.reports().look(jobId);
    }

    /**
     * Runs so many jobs of a queue at a time in this process from now on; with fewer than before,
     * those that run end first.
     *
     * @param slots 1 to 1,000,000
     * @throws MillraceException with {@code invalid-input} when this process does not serve the
     *     queue
     */
    public void resize(String queue, int slots) {
        if (slots < 1 || slots > 1_000_000) {
            throw MillraceException.invalid(
                    "slots must be 1 to 1000000, got %d (queue '%s'); nothing was changed"
                            .formatted(slots, queue));
        }
        if (worker == null || !worker.resize(queue, slots)) {
            throw MillraceException.invalid(
                    "the queue must be one that this process serves, got '%s'; nothing was changed"
                            .formatted(queue));
        }
    }

    /** Tells workers everywhere that work may have become available. Never blocks. */
    public void wake() {
        queue.wake();
    }

    /** Schedules: make, look, pause, trigger, remove. */
    public Schedules schedules() {
        return parts.time().schedules();
    }

    /**
     * Contends with all other processes that ask for this name to lead it, from the first call on
     * until {@link #close}. One of them does; when it dies or stands still, another takes over
     * within about five seconds. One round trip a second.
     *
     * @param thing what to lead: 1 to 200 characters as in other names, neither {@value
     *     Leaders#HOUSE} nor {@value dev.millrace.store.LimitStore#LEASE}
     * @return the same object for the same name
     */
    public Leader leader(String thing) {
        return parts.time().leader(thing);
    }

    /** Whether this process leads upkeep and schedules now. */
    public boolean isLeader() {
        return parts.leads();
    }

    /** The store, for looking at jobs, queues and workers. */
    public JobStore store() {
        return store;
    }

    /** Jobs running in this process now. */
    public int running() {
        return worker == null ? 0 : worker.running();
    }

    /** Endings refused because the claim was no longer held, since the start. */
    public long refusedEndings() {
        return worker == null ? 0 : worker.refusedEndings();
    }

    /** Attempts that completed their job in this process since the start, as recorded. */
    public long completedAttempts() {
        return worker == null ? 0 : worker.completed();
    }

    /** Attempts that failed in this process since the start, as recorded; retried or not. */
    public long failedAttempts() {
        return worker == null ? 0 : worker.failed();
    }

    /** This process's worker id in the store; 0 without handlers. */
    public long workerId() {
        return worker == null ? 0 : worker.id();
    }

    /**
     * Stops: running jobs may end within the drain time (30 s by default), then they are
     * interrupted and go back unspent; every ending is recorded; the store is closed. Twice does
     * nothing. An interrupt ends the wait for running jobs, not the rest; it is restored. When a
     * handler ignores its interrupt, the store stays open and the worker goes on beating for it
     * until the process ends, so that nobody runs its job beside it.
     */
    @Override
    public void close() {
        parts.close();
    }

    /**
     * Whether {@link #close} was called and the running jobs were told, so that those which leave
     * checkpoints end at the next one.
     */
    public boolean isStopping() {
        return worker == null ? parts.isClosed() : worker.isStopping();
    }

    /**
     * Whether somebody told this process's worker to {@link #drain} and it has heeded that: it
     * claims nothing more, and this process may be stopped when {@link #running} is 0.
     */
    public boolean isDraining() {
        return worker != null && worker.isRetired();
    }

    /** Threads of jobs that were given up and will not end; each keeps its slot. */
    public int stuck() {
        return worker == null ? 0 : worker.stuck();
    }
}
