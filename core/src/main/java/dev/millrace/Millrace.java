package dev.millrace;

import dev.millrace.job.JobRequest;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.queue.JobHandle;
import dev.millrace.queue.JobQueue;
import dev.millrace.schedule.Promoter;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.WorkerInfo;
import dev.millrace.upkeep.DeathWatch;
import dev.millrace.upkeep.Pruner;
import dev.millrace.upkeep.Rescuer;
import dev.millrace.worker.JobRunner;
import dev.millrace.worker.Worker;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
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
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration FREE_LOCK = Duration.ofSeconds(1);
    private static final Duration GAP = Duration.ofSeconds(3);

    private final MillraceBuilder settings;
    private final JobStore store;
    private final JobQueue queue;
    private final Promoter promoter;
    private final Rescuer rescuer;
    private final Pruner pruner;
    private final @Nullable Worker worker;
    private boolean closed;

    Millrace(MillraceBuilder settings, JobStore store) {
        this.settings = settings;
        this.store = store;
        var json = new Json();
        var clock = settings.clock();
        var random = settings.random();
        this.promoter = new Promoter(store, clock, random);
        this.rescuer =
                new Rescuer(store, clock, new DeathWatch(settings.lease(), FREE_LOCK, GAP), random);
        this.pruner = new Pruner(store, clock, settings.keepFinished(), random);
        this.queue =
                new JobQueue(
                        store,
                        json,
                        clock,
                        random,
                        settings.maxPayloadBytes(),
                        settings.storePatience(),
                        job -> {
                            if (job.runAt() != null) {
                                promoter.due(job.runAt());
                            }
                        });
        this.worker = settings.hasHandlers() ? worker(json) : null;
    }

    /** A builder with every default. */
    public static MillraceBuilder builder() {
        return new MillraceBuilder();
    }

    void begin() {
        queue.start();
        if (worker != null) {
            worker.start();
            promoter.start();
            rescuer.start();
            pruner.start();
        }
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
     * Accepts a stream of jobs of any length, holding only a few thousand in memory.
     *
     * @return how many were accepted
     * @throws MillraceException as {@link #enqueue(JobRequest)}; jobs accepted before it stay, and
     *     the message says how many
     */
    public long enqueueAll(Stream<? extends JobRequest<?>> requests) throws InterruptedException {
        return queue.enqueueAll(requests);
    }

    /**
     * Accepts a job inside the caller's own open transaction (PostgreSQL): it exists if and only if
     * that commits. Call {@link #wake} after the commit to have it start at once rather than within
     * half a second.
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

    /** A handle on a job accepted earlier or elsewhere; whether it exists is not checked. */
    public JobHandle job(long id) {
        return queue.handle(id);
    }

    /** Tells workers everywhere that work may have become available. Never blocks. */
    public void wake() {
        queue.wake();
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
     * nothing. When a handler ignores its interrupt, the store stays open and the worker goes on
     * beating for it until the process ends, so that nobody runs its job beside it.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        boolean ended = true;
        boolean interrupted = false;
        try {
            ended = worker == null || worker.drain(settings.drain());
            pruner.stop(PATIENCE);
            promoter.stop(PATIENCE);
            rescuer.stop(PATIENCE);
            queue.stop(PATIENCE);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (ended) {
                store.close();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Worker worker(Json json) {
        var runner =
                new JobRunner(
                        settings.handlers(),
                        json,
                        settings.clock(),
                        settings.random(),
                        settings.maxResultBytes());
        var info =
                new WorkerInfo(
                        settings.workerName(),
                        settings.version(),
                        settings.queues(),
                        settings.clock().instant());
        var parts =
                new Worker.Parts(
                        store,
                        info,
                        settings.handlers(),
                        runner,
                        settings.clock(),
                        settings.nanos(),
                        settings.random(),
                        settings.heartbeat(),
                        settings.lease());
        return new Worker(parts, new Pulses(), this::ended);
    }

    private void ended(Ending ending) {
        switch (ending.next()) {
            case Ending.Next.Again again -> promoter.due(again.runAt());
            case Ending.Next.Finished finished -> queue.ended(ending.jobId());
            case Ending.Next.Discarded discarded -> queue.ended(ending.jobId());
        }
    }

    /** Carries what a pulse learned to the rooms that act on it. */
    private final class Pulses implements Worker.PulseListener {
        @Override
        public boolean answered(PulseAnswer answer, long askedNanos) {
            if (answer.nextDue() != null) {
                promoter.due(answer.nextDue());
            }
            return rescuer.observe(answer.others(), askedNanos);
        }

        @Override
        public void failed() {
            rescuer.interrupted();
        }
    }
}
