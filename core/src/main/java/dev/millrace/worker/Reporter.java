package dev.millrace.worker;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Backoff;
import dev.millrace.loop.Batcher;
import dev.millrace.loop.Service;
import dev.millrace.store.Carried;
import dev.millrace.store.JobStore;
import dev.millrace.store.LimitStore;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Writes what running jobs report, in natural batches: checkpoints and steps at once, with their
 * callers waiting; progress and log lines four times a second, with nobody waiting. A store that
 * does not answer, or is full or read-only for a while, is asked until it does, as for endings.
 * Thread-safe.
 */
public final class Reporter {
    private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);
    private static final Duration PERIOD = Duration.ofMillis(250);
    private static final Duration REST = Duration.ofMinutes(1);
    private static final Duration OWN_TRANSACTION = Duration.ofSeconds(10);
    private static final int MAX_PENDING = 100_000;

    /** Of one write; what waits stays in its jobs' notebooks, which have bounds of their own. */
    private static final long MAX_BATCH_CHARS = 8 << 20;

    private final JobStore store;
    private final RandomGenerator random;
    private final Set<LiveJob> dirty = ConcurrentHashMap.newKeySet();
    private final Batcher<LiveJob, Recorded> batcher;
    private final Service service;
    private volatile boolean hurried;
    private long writtenNanos = System.nanoTime() - PERIOD.toNanos();

    /** A reporter that is not started; before its start it writes only what callers wait for. */
    public Reporter(JobStore store, RandomGenerator random) {
        this.store = store;
        this.random = random;
        this.batcher =
                new Batcher<>(
                        "millrace-reporter",
                        new Batcher.Bounds(
                                ReportStore.MAX_REPORTS,
                                MAX_BATCH_CHARS,
                                MAX_PENDING,
                                Long.MAX_VALUE,
                                1),
                        job -> job.notebook().weight(),
                        failure -> !Completer.passes(failure),
                        this::flush);
        this.service = new Service("millrace-progress", random, this::writeDirty);
    }

    /** Begins to write what nobody waits for. */
    public void start() {
        service.start();
    }

    /** Ends; what nobody waited for and is not written yet is not written any more. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    /** From now on a store that does not answer is given up on after one try. */
    void hurry() {
        hurried = true;
    }

    /** Whether a store that does not answer is given up on. */
    boolean isHurried() {
        return hurried;
    }

    LimitStore limits() {
        return store.limits();
    }

    ReportStore store() {
        return store.reports();
    }

    /** Something was noted that can wait for a quarter of a second. */
    void note(LiveJob job) {
        if (dirty.add(job)) {
            service.wake();
        }
    }

    /** What earlier attempts left; waits for a store that does not answer. */
    Carried carried(long jobId) {
        var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), random);
        while (true) {
            try {
                return store.reports().carried(jobId);
            } catch (MillraceException e) {
                if (!Completer.passes(e) || hurried) {
                    throw e;
                }
                LOG.debug("job {} waits for the store", jobId, e);
                try {
                    backoff.pause();
                } catch (InterruptedException interrupt) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }

    /**
     * Has the job note something, writes all that it has noted and waits until that is durable. An
     * interrupt ends the wait only before the writing began; what was noted is written later then.
     *
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held; with
     *     {@code invalid-input} when a transaction in which the handler reported stays open
     */
    void write(LiveJob job, Runnable noting) throws InterruptedException {
        long refusals = job.notebook().refusals();
        noting.run();
        dirty.remove(job);
        job.waits();
        try {
            writeNotes(job);
        } catch (InterruptedException e) {
            note(job);
            throw e;
        } finally {
            job.goesOn();
        }
        // another's flush may have taken the notes along and dropped them
        RuntimeException refused = job.notebook().refusedSince(refusals);
        if (refused != null) {
            throw refused;
        }
    }

    /**
     * Writes what the job has noted, unless a transaction of its handler's own is in the way.
     *
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held
     */
    void writeIfFree(LiveJob job) throws InterruptedException {
        if (!job.isHeld() || batcher.submit(job) == Recorded.LOST) {
            throw lost(job);
        }
    }

    private void writeNotes(LiveJob job) throws InterruptedException {
        var pause = new Backoff(Duration.ofMillis(10), Duration.ofMillis(200), random);
        long end = System.nanoTime() + OWN_TRANSACTION.toNanos();
        while (true) {
            Recorded answer = job.isHeld() ? batcher.submit(job) : Recorded.LOST;
            if (answer == Recorded.LOST) {
                throw lost(job);
            }
            if (answer == Recorded.RECORDED) {
                return;
            }
            if (System.nanoTime() - end > 0) {
                throw MillraceException.invalid(
                        ("the handler of job %d must commit or roll back the transaction in which"
                             + " it left a checkpoint before it reports otherwise; that was still"
                             + " open after %s")
                                .formatted(job.id(), OWN_TRANSACTION));
            }
            pause.pause();
        }
    }

    static MillraceException lost(LiveJob job) {
        return new MillraceException(
                MillraceException.Code.LEASE_LOST,
                ("job %d is no longer held by this worker: another one has it, or it has ended;"
                                + " nothing that this attempt reports is kept")
                        .formatted(job.id()));
    }

    private Duration writeDirty() throws InterruptedException {
        long since = System.nanoTime() - writtenNanos;
        if (since < PERIOD.toNanos()) {
            return PERIOD.minusNanos(since);
        }
        writtenNanos = System.nanoTime();
        var jobs = new ArrayList<LiveJob>();
        for (var each = dirty.iterator(); each.hasNext(); ) {
            jobs.add(each.next());
            each.remove();
        }
        for (LiveJob job : jobs) {
            batcher.offer(job, (answer, failure) -> written(job, answer, failure));
        }
        return REST;
    }

    private void written(LiveJob job, @Nullable Recorded answer, @Nullable Throwable failure) {
        if (answer == Recorded.BUSY) {
            note(job);
        }
        if (failure != null) {
            LOG.atWarn()
                    .addKeyValue("job", job.id())
                    .setCause(failure)
                    .log("what a job reported cannot be kept; its progress or log has a gap");
        }
    }

    private List<Recorded> flush(List<LiveJob> batch) throws InterruptedException {
        var jobs = new LinkedHashSet<>(batch);
        // what an earlier flush took along is written already
        jobs.removeIf(job -> job.notebook().isEmpty());
        Set<LiveJob> busy = jobs.isEmpty() ? Set.of() : flush(jobs);
        return batch.stream()
                .map(job ->
                        busy.contains(job)
                                ? Recorded.BUSY
                                : job.isHeld() ? Recorded.RECORDED : Recorded.LOST)
                .toList();
    }

    /** Answers the jobs whose reports could not be written yet. */
    private Set<LiveJob> flush(Set<LiveJob> jobs) throws InterruptedException {
        number(jobs);
        List<Report> reports = jobs.stream().map(job -> job.notebook().open()).toList();
        List<Recorded> answers;
        try {
            answers = send(reports);
        } catch (InterruptedException e) {
            jobs.forEach(job -> job.notebook().putBack());
            throw e;
        } catch (RuntimeException e) {
            if (jobs.size() == 1 && !Completer.passes(e)) {
                jobs.iterator().next().notebook().refuse(e);
            } else {
                jobs.forEach(job -> job.notebook().putBack());
            }
            throw e;
        }
        var busy = new HashSet<LiveJob>();
        var each = answers.iterator();
        for (LiveJob job : jobs) {
            Recorded answer = each.next();
            if (answer == Recorded.BUSY) {
                job.notebook().putBack();
                busy.add(job);
                continue;
            }
            job.notebook().close();
            if (answer == Recorded.LOST) {
                job.lose();
            }
        }
        return busy;
    }

    /** Tells jobs that log for the first time in this attempt where their log stands. */
    private void number(Set<LiveJob> jobs) throws InterruptedException {
        var fresh = jobs.stream().filter(job -> job.notebook().wantsNumber()).toList();
        if (fresh.isEmpty()) {
            return;
        }
        var ids = fresh.stream().map(LiveJob::id).toList();
        Map<Long, Long> last = answered(ids.size(), () -> store.reports().lastChunks(ids));
        for (LiveJob job : fresh) {
            job.notebook().numberAfter(last.getOrDefault(job.id(), 0L));
        }
    }

    private List<Recorded> send(List<Report> reports) throws InterruptedException {
        return answered(reports.size(), () -> store.reports().report(reports));
    }

    /** Asks a store that does not answer until it does. */
    private <T> T answered(int count, Supplier<T> asked) throws InterruptedException {
        var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), random);
        while (true) {
            try {
                return asked.get();
            } catch (MillraceException e) {
                if (!Completer.passes(e) || hurried) {
                    throw e;
                }
                LOG.debug("{} reports wait for the store", count, e);
                backoff.pause();
            }
        }
    }
}
