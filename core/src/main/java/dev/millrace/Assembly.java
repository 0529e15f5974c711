package dev.millrace;

import dev.millrace.flow.PipelineCare;
import dev.millrace.job.JobEvent;
import dev.millrace.job.JobListener;
import dev.millrace.job.Json;
import dev.millrace.queue.JobQueue;
import dev.millrace.remote.RemoteWork;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobStore;
import dev.millrace.store.WorkerInfo;
import dev.millrace.upkeep.Leaders;
import dev.millrace.worker.JobRunner;
import dev.millrace.worker.Reporter;
import dev.millrace.worker.RunTools;
import dev.millrace.worker.Watchdog;
import dev.millrace.worker.Worker;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.SecureRandom;
import java.time.Duration;

/**
 * The parts of a process, put together: who tells whom, what starts and what ends before what.
 * Thread-safe; started once, closed once.
 */
final class Assembly {
    private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final MillraceBuilder settings;
    private final JobStore store;
    private final Json json;
    private final String name;
    private final JobQueue queue;
    private final PipelineCare pipelineCare;
    private final Watchdog watchdog;
    private final Reporter reporter;
    private final Leaders leaders;
    private final Housekeeping house;
    private final Timekeeping time;
    private final @Nullable Worker worker;
    private final RemoteWork remote;
    private volatile boolean closed;

    Assembly(MillraceBuilder settings, JobStore store, Json json) {
        this.settings = settings;
        this.store = store;
        this.json = json;
        // drawn anew at each call
        this.name = settings.workerName();
        var clock = settings.clock();
        var random = settings.random();
        this.watchdog = new Watchdog(clock);
        this.reporter = new Reporter(store, random);
        this.leaders =
                new Leaders(
                        store.leases(),
                        "%s#%08x".formatted(name, random.nextInt()),
                        settings.leads(),
                        clock,
                        settings.nanos(),
                        random);
        this.house = new Housekeeping(settings, store, leaders);
        this.queue =
                new JobQueue(
                        store,
                        json,
                        clock,
                        random,
                        settings.maxPayloadBytes(),
                        settings.storePatience(),
                        settings.durabilities(),
                        house::accepted);
        this.time = new Timekeeping(settings, store, leaders, queue, json, house::accepted);
        this.worker = settings.hasHandlers() ? makeWorker() : null;
        this.pipelineCare = new PipelineCare(store, settings.plans(), random, this::lifted);
        if (worker != null) {
            worker.holdBy(pipelineCare::holds);
        }
        this.remote =
                new RemoteWork(
                        store,
                        clock,
                        new SecureRandom(),
                        json,
                        settings.maxResultBytes(),
                        (job, ending) -> ended(job, ending, true),
                        this::keepRemoteWatch);
    }

    private Worker makeWorker() {
        var runner =
                new JobRunner(
                        settings.handlers(),
                        new RunTools(
                                json,
                                settings.clock(),
                                settings.random(),
                                settings.maxResultBytes(),
                                watchdog,
                                reporter,
                                queue::encode),
                        this::hasStarted);
        var info =
                new WorkerInfo(
                                name,
                                settings.version(),
                                settings.queues(),
                                settings.clock().instant())
                        .kinds(settings.handlers().kinds());
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
                        settings.lease(),
                        reporter);
        return new Worker(parts, house, this::ended);
    }

    JobQueue queue() {
        return queue;
    }

    /** Schedules and leading. */
    Timekeeping time() {
        return time;
    }

    /** Work for workers elsewhere. */
    RemoteWork remote() {
        return remote;
    }

    /** What runs jobs here; nothing does without handlers. */
    @Nullable Worker worker() {
        return worker;
    }

    /** Whether this process leads upkeep and schedules now. */
    boolean leads() {
        return leaders.house().isLeader();
    }

    void start() {
        queue.start();
        house.count();
        settings.limits().forEach(store.limits()::declare);
        if (worker != null) {
            worker.start();
            house.watchBesideWorker();
            pipelineCare.start();
        } else if (settings.leads()) {
            house.watchAlone();
        }
        time.start();
    }

    private synchronized void keepRemoteWatch() {
        if (worker == null && !closed && house.watchAlone()) {
            time.watch();
        }
    }

    private void lifted() {
        if (worker != null) {
            worker.wake();
        }
    }

    private boolean hasStarted(long jobId) {
        return store.find(jobId).map(job -> !job.attempts().isEmpty()).orElse(false);
    }

    private void ended(ClaimedJob job, Ending ending, boolean recorded) {
        if (recorded) {
            house.ended(job, ending);
            if (isLast(ending)) {
                time.ended(job);
            }
            tell(job, ending);
        }
        switch (ending.next()) {
            case Ending.Next.Again again -> house.due(again.runAt());
            case Ending.Next.Waiting waiting -> house.due(waiting.until());
            case Ending.Next.Finished finished -> queue.ended(ending.jobId());
            case Ending.Next.Discarded discarded -> queue.ended(ending.jobId());
        }
    }

    private static boolean isLast(Ending ending) {
        return ending.next() instanceof Ending.Next.Finished
                || ending.next() instanceof Ending.Next.Discarded;
    }

    private void tell(ClaimedJob job, Ending ending) {
        if (settings.listeners().isEmpty()) {
            return;
        }
        var event =
                new JobEvent(
                        job.id(),
                        job.kind(),
                        job.queue(),
                        ending.attempt(),
                        ending.end(),
                        ending.startedAt(),
                        ending.endedAt(),
                        ending.error(),
                        isLast(ending));
        for (JobListener listener : settings.listeners()) {
            try {
                listener.ended(event);
            } catch (Throwable e) {
                LOG.error("a listener threw; the job is not concerned: {}", event, e);
            }
        }
    }

    /** Whether {@link #close} was called. */
    boolean isClosed() {
        return closed;
    }

    /** See {@link Millrace#close}. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (!closes(settings.drain())) {
            while (!closes(Duration.ZERO)) {
                // interrupted once more; what has stopped already stays so
            }
            Thread.currentThread().interrupt();
        }
    }

    /** Answers whether it came to the end; not when it was interrupted. */
    private boolean closes(Duration drain) {
        boolean ended = true;
        try {
            remote.close();
            house.stopLooking(PATIENCE);
            ended = worker == null || worker.drain(drain);
            house.stopActing(PATIENCE);
            pipelineCare.stop(PATIENCE);
            time.stop(PATIENCE);
            queue.stop(PATIENCE);
            house.stopCounting(PATIENCE);
            return true;
        } catch (InterruptedException e) {
            ended = false;
            return false;
        } finally {
            if (ended) {
                watchdog.close();
                store.close();
            }
        }
    }
}
