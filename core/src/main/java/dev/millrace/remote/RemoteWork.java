package dev.millrace.remote;

import dev.millrace.job.Json;
import dev.millrace.job.LogLine;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.store.Carried;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.HeldJob;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobStore;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.Signals;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Work for remote workers. Each is a row in the store with a beat of its own, which its heartbeats
 * advance through any process; whoever observes workers rescues its jobs when the beat has stood
 * still for the lease it asked for. Nothing about it is kept in this process, so that its messages
 * may go through several. Thread-safe.
 */
public final class RemoteWork implements AutoCloseable {
    /** The lease of those who ask for none. */
    public static final Duration LEASE = Duration.ofSeconds(30);

    /** The shortest lease. */
    public static final Duration LEAST_LEASE = Duration.ofSeconds(5);

    /** The longest lease. */
    public static final Duration MOST_LEASE = Duration.ofMinutes(10);

    /** The most jobs of one worker. */
    public static final int MOST_HELD = 10_000;

    private static final int PAGE = 1_000;

    private final JobStore store;
    private final Clock clock;
    private final Json json;
    private final int maxResultBytes;
    private final Roster roster;
    private final RemoteEndings endings;
    private final RemoteReports reports;
    private final WaitingRoom room = new WaitingRoom();
    private final Runnable used;
    private Signals.@Nullable Subscription subscription;

    /** Hears of each ending that was recorded; must be quick. */
    @FunctionalInterface
    public interface Ended {
        /**
         * An attempt ended.
         *
         * @param job without its payload
         */
        void ended(ClaimedJob job, Ending ending);
    }

    /**
     * What a claim was given.
     *
     * @param jobs in the order in which they should start
     * @param draining whether the worker was told to claim nothing more
     */
    public record Given(List<RemoteJob> jobs, boolean draining) {
        /** Copies the jobs. */
        public Given {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * What a worker says with its beat.
     *
     * @param worker its key
     * @param held its jobs, with the claims by which it holds them; {@code null} to compare nothing
     * @param settled every claim request below this one was answered and its jobs are among those
     *     held, or have ended: what the store has of them besides is given back
     * @param after where to go on looking at requests to cancel: {@link Beaten#next}, 0 at first
     */
    public record Beat(
            WorkerKey worker, @Nullable Map<Long, ClaimToken> held, int settled, long after) {}

    /**
     * What a worker learns by its beat.
     *
     * @param draining whether it was told to claim nothing more
     * @param cancelled the jobs it runs that somebody asked to cancel, with the reason given
     * @param lost the jobs it named that it holds no more
     * @param returned how many jobs it did not name and that were given back
     * @param next to be said with the next beat
     */
    public record Beaten(
            boolean draining,
            Map<Long, String> cancelled,
            Set<Long> lost,
            int returned,
            long next) {
        /** Copies the collections. */
        public Beaten {
            cancelled = Map.copyOf(cancelled);
            lost = Set.copyOf(lost);
        }
    }

    /**
     * A door for remote workers.
     *
     * @param random nobody can guess its numbers: workers' secrets are made of them
     * @param used called whenever a worker registers or beats through it; must be quick
     */
    public RemoteWork(
            JobStore store,
            Clock clock,
            RandomGenerator random,
            Json json,
            int maxResultBytes,
            Ended ended,
            Runnable used) {
        this.used = used;
        this.store = store;
        this.clock = clock;
        this.json = json;
        this.maxResultBytes = maxResultBytes;
        this.roster = new Roster(store, clock, random);
        this.endings = new RemoteEndings(store, clock, random, ended);
        this.reports = new RemoteReports(store, json, clock, maxResultBytes);
    }

    /**
     * Registers a worker, which has to claim or to beat within {@link
     * dev.millrace.store.RemoteTerms#UNPROVEN}.
     *
     * @return its id, never used before, with its secret
     * @throws MillraceException with {@code too-many-workers} when its caller has {@value
     *     Roster#MOST_OF_ONE} living ones, or {@value Roster#MOST_UNPROVEN} that have done neither
     */
    public WorkerKey register(Introduction introduction) {
        used.run();
        return roster.register(introduction);
    }

    /**
     * The queues that a worker said it serves.
     *
     * @throws MillraceException with {@code worker-lost} when it is to register anew
     */
    public Set<String> queues(WorkerKey worker) {
        return roster.require(worker).queues().keySet();
    }

    /**
     * Signs a worker off; what it still holds is rescued at once. Nothing happens when it is gone
     * already, or was declared dead.
     *
     * @throws MillraceException with {@code worker-lost} when the key is not its own
     */
    public void leave(WorkerKey key) {
        if (roster.find(key).filter(each -> !each.dead()).isEmpty()) {
            return;
        }
        long worker = key.id();
        List<JobClaim> claims = held(worker);
        if (!claims.isEmpty()) {
            store.giveBack(worker, claims);
        }
        store.deregister(worker);
    }

    /**
     * Gives jobs, waiting for some when there are none. What was given before by the same request,
     * and is still held, is given again.
     *
     * @throws MillraceException with {@code worker-lost} when the worker is to register anew
     */
    public Given claim(ClaimAsk ask) throws InterruptedException {
        WorkerSnapshot worker = roster.require(ask.worker());
        if (!worker.hasBeaten()) {
            pulse(worker.id(), 0, 0);
        }
        if (worker.draining()) {
            return new Given(List.of(), true);
        }
        List<ClaimedJob> before = givenBefore(ask);
        if (!before.isEmpty()) {
            return new Given(dressed(worker.id(), before), false);
        }
        long deadline = System.nanoTime() + ask.patience().toNanos();
        listen();
        try (var seat =
                room.enter(new WaitingRoom.Scope(Set.copyOf(ask.queues().keySet()), ask.kinds()))) {
            boolean sweep = false;
            do {
                if (roster.require(ask.worker()).draining()) {
                    return new Given(List.of(), true);
                }
                List<ClaimedJob> jobs = take(ask, sweep);
                if (!jobs.isEmpty()) {
                    seat.found();
                    return new Given(dressed(worker.id(), jobs), false);
                }
                sweep = true;
            } while (seat.await(deadline));
        }
        return new Given(List.of(), false);
    }

    /** Signals are listened to from the first claim on. */
    private synchronized void listen() {
        if (subscription == null) {
            subscription = store.signals().onWork(room::work);
        }
    }

    private List<ClaimedJob> givenBefore(ClaimAsk ask) {
        List<JobClaim> same =
                held(ask.worker().id()).stream()
                        .filter(claim -> claim.claimId() == ask.claimId())
                        .limit(HeldJob.MOST)
                        .toList();
        return same.isEmpty()
                ? List.of()
                : store.claimed(ask.worker().id(), same, true).stream().map(HeldJob::job).toList();
    }

    private List<JobClaim> held(long worker) {
        var all = new ArrayList<JobClaim>();
        List<JobClaim> page;
        do {
            page = store.held(worker, all.isEmpty() ? 0 : all.getLast().jobId(), PAGE);
            all.addAll(page);
        } while (page.size() == PAGE && all.size() < MOST_HELD);
        return all;
    }

    /** Looks into each queue once, beginning with another each time. */
    private List<ClaimedJob> take(ClaimAsk ask, boolean sweep) {
        var queues = new ArrayList<>(ask.queues().entrySet());
        var taken = new ArrayList<ClaimedJob>();
        boolean aged = ask.request() % ClaimRequest.AGED_EVERY == 0;
        for (int i = 0; i < queues.size() && taken.size() < ClaimAsk.MOST_JOBS; i++) {
            var queue = queues.get((ask.request() + i) % queues.size());
            int most = Math.min(queue.getValue(), ClaimAsk.MOST_JOBS - taken.size());
            List<ClaimedJob> jobs =
                    store.claim(
                            new ClaimRequest(
                                    ask.worker().id(),
                                    ask.claimId(),
                                    queue.getKey(),
                                    ask.kinds(),
                                    most,
                                    sweep,
                                    aged,
                                    clock.instant()));
            if (!jobs.isEmpty() && jobs.getFirst().runsAlone()) {
                return alone(ask.worker().id(), taken, jobs);
            }
            taken.addAll(jobs);
        }
        return taken;
    }

    /** One that must run alone is given alone: not with those taken already. */
    private List<ClaimedJob> alone(long worker, List<ClaimedJob> taken, List<ClaimedJob> alone) {
        if (taken.isEmpty()) {
            return alone;
        }
        store.giveBack(worker, alone.stream().map(ClaimedJob::claim).toList());
        return taken;
    }

    private List<RemoteJob> dressed(long worker, List<ClaimedJob> jobs) {
        return jobs.stream()
                .map(job -> {
                    Carried carried = reports.carried(job.id());
                    return new RemoteJob(
                            job,
                            roster.token(worker, job.claimId()),
                            reports.cursor(job.id(), carried.checkpoint()),
                            carried);
                })
                .toList();
    }

    /**
     * Says that a worker lives, and tells it what it has to know.
     *
     * @throws MillraceException with {@code worker-lost} when it is to register anew
     */
    public Beaten beat(Beat beat) {
        used.run();
        long worker = roster.require(beat.worker()).id();
        Map<Long, ClaimToken> said = beat.held();
        PulseAnswer answer = pulse(worker, said == null ? 0 : said.size(), beat.after());
        var lost = new HashSet<Long>();
        int returned = 0;
        if (said != null) {
            lost.addAll(said.keySet());
            var strangers = new ArrayList<JobClaim>();
            for (JobClaim claim : held(worker)) {
                ClaimToken token = said.get(claim.jobId());
                if (token != null && token.claim() == claim.claimId()) {
                    lost.remove(claim.jobId());
                } else if (claim.claimId() < (worker << 32) + beat.settled()) {
                    strangers.add(claim);
                }
            }
            returned = strangers.isEmpty() ? 0 : store.giveBack(worker, strangers);
        }
        return new Beaten(
                answer.draining(), answer.cancelled(), lost, returned, answer.lastRequest());
    }

    private PulseAnswer pulse(long worker, int running, long after) {
        PulseAnswer answer =
                store.pulse(
                        new Pulse(
                                worker, true, running, 0, null, List.of(), clock.instant(), after));
        if (!answer.alive()) {
            throw Roster.lost(worker);
        }
        return answer;
    }

    /** Refuses what is said of a job by anybody but whoever was given it. */
    private void check(long jobId, ClaimToken token) {
        if (!roster.gave(token)) {
            throw RemoteEndings.lost(jobId);
        }
    }

    /**
     * Keeps how far a job has come.
     *
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held; so for
     *     all that is said of a job
     */
    public void progress(
            long jobId, ClaimToken token, long done, long total, @Nullable String message)
            throws InterruptedException {
        check(jobId, token);
        reports.progress(jobId, token, done, total, message);
    }

    /**
     * Keeps where a job can resume, and steps that are done; durable when it returns.
     *
     * @param cursor JSON text; {@code null} to leave it as it is
     * @param steps results by name, JSON text, in order; those known already stay as they are
     */
    public void checkpoint(
            long jobId, ClaimToken token, @Nullable String cursor, Map<String, String> steps)
            throws InterruptedException {
        check(jobId, token);
        reports.checkpoint(jobId, token, cursor, steps);
    }

    /** Keeps lines of a job's log. */
    public void log(long jobId, ClaimToken token, List<LogLine> lines) throws InterruptedException {
        check(jobId, token);
        reports.log(jobId, token, lines);
    }

    /**
     * Ends an attempt; durable when it returns. Saying it again changes nothing.
     *
     * @return whether this call recorded it; otherwise an earlier one of the same claim did
     */
    public boolean end(long jobId, ClaimToken token, Conclusion how) throws InterruptedException {
        check(jobId, token);
        if (how instanceof Conclusion.Completed done && done.result() != null) {
            return endings.end(
                    jobId,
                    token,
                    new Conclusion.Completed(
                            json.write(
                                    "the result of job %d".formatted(jobId),
                                    new RawJson(done.result()),
                                    maxResultBytes)));
        }
        return endings.end(jobId, token, how);
    }

    /** Whoever waits for work now goes without. */
    public void endWaits() {
        room.end();
    }

    /** Whoever waits for work goes without; claims made later do not wait for signals. */
    @Override
    public void close() {
        room.end();
        synchronized (this) {
            if (subscription != null) {
                subscription.close();
            }
        }
    }
}
