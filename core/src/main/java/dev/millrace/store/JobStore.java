package dev.millrace.store;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where jobs live. Every method is one bounded piece of work on the database, safe to call from any
 * thread and from many processes at once, and costs nothing in proportion to what waits or has
 * finished.
 *
 * <p>Invariants that every implementation keeps (the contract suite in the test kit decides):
 *
 * <ul>
 *   <li>A live job has exactly one position row: scheduled, available, running or discarded. A
 *       transition deletes that row and inserts the next, or history, in one transaction.
 *   <li>{@link #complete} and {@link #giveBack} name (job, claim) and succeed only while that
 *       running row exists.
 *   <li>A job accepted by {@link #enqueue} is never lost.
 * </ul>
 *
 * <p>Time comes from the caller, so that a test may move it; moments are kept to the microsecond.
 *
 * <p>Failures: {@link MillraceException} with code {@code store-unavailable} where another try may
 * succeed (the caller does not know whether the work was done), {@code store-refused} where it will
 * not.
 */
public interface JobStore extends AutoCloseable {

    /** What this store is and what its receipts are worth. One round trip. */
    StoreInfo info();

    // ---- enqueue

    /**
     * Reserves job ids for this process; unused ones are simply lost.
     *
     * @param count 1 to 100,000
     */
    IdBlock reserveIds(int count);

    /**
     * Accepts jobs without keys, all or none, at the strongest durability that one of them asks for
     * before it returns. Signals waiting workers afterwards.
     *
     * @param jobs at most 10,000, none of them keyed; their ids must be fresh
     * @param resend true when an earlier call with these very jobs may have succeeded without its
     *     answer arriving: jobs already there are left as they are
     */
    void enqueue(List<NewJob> jobs, boolean resend);

    /**
     * Accepts jobs of which some hold keys, in one transaction, as if one after the other in the
     * order given. A key whose window has passed is free. A duplicate leaves nothing behind, except
     * that an idempotency key of its own comes to stand for the job that holds the unique key.
     *
     * @param jobs at most 1,000
     * @param resend as for {@link #enqueue(List, boolean)}; a job that holds its own keys already
     *     is answered as it was the first time, as far as that can be told
     * @return one answer for each, in the same order
     * @throws MillraceException with {@code key-busy} when a transaction still open is about to
     *     decide one of the keys and did not end within a fraction of a second; nothing was
     *     accepted
     */
    List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend);

    /**
     * Accepts jobs inside the caller's own open transaction: they exist if and only if it commits.
     * Workers are not signalled; see {@link Signals#announce}. With keys it may wait for another
     * transaction that is about to decide the same key.
     *
     * @param connection an open connection to this same database, not in auto-commit mode
     * @return one answer for each, in the same order
     * @throws MillraceException with {@code not-supported} on stores that cannot
     */
    List<Accepted> enqueue(Connection connection, List<NewJob> jobs);

    /** How waiting workers, here and in other processes, learn of new work. */
    Signals signals();

    // ---- workers

    /**
     * Registers a worker, takes its liveness lock where the engine has one, and keeps both until
     * {@link #deregister}, retaking the lock by itself when it is lost.
     *
     * @return its id, never used before
     */
    long register(WorkerInfo info);

    /** Forgets a worker that has given back everything; does nothing when it is unknown. */
    void deregister(long workerId);

    /** Says that a worker lives and asks what is new. One round trip. */
    PulseAnswer pulse(Pulse pulse);

    /**
     * Takes available jobs: highest priority first, then first come, first served. A job that must
     * run alone (see {@link ClaimedJob#runsAlone}) comes as the only one of its claim. Nothing
     * comes from a paused queue; from a limited one no more than its limit leaves, counting what
     * runs in all processes that was claimed while it was limited. A control that another process
     * set is heeded within a second.
     *
     * @return the jobs taken, in the order in which they should start; empty when none was found
     * @throws MillraceException with {@code worker-lost} when the worker was declared dead
     */
    List<ClaimedJob> claim(ClaimRequest request);

    /**
     * Records ended attempts; unique keys of jobs whose life ends or that are discarded are free
     * afterwards. Repeating a report that was recorded answers {@link Recorded#ALREADY}. One whose
     * handler has a transaction open in which it reported or completed is {@link Recorded#BUSY},
     * and holds up the others for a fraction of a second at most. What {@link Ending#follow} names
     * happens in the same transaction, and only where the ending is recorded.
     *
     * @param endings at most 10,000; endings of different outcome may be mixed; each job once
     * @return one answer for each, in the same order
     */
    List<Recorded> complete(List<Ending> endings);

    /**
     * Returns claimed jobs that were never started: available again, nothing spent, no history.
     *
     * @return how many were returned; the others were no longer held
     */
    int giveBack(long workerId, Collection<JobClaim> claims);

    /**
     * The running rows under a worker's name, to be compared with what it holds.
     *
     * @param afterJobId only rows with larger job ids
     * @param max at most so many, smallest job id first
     */
    List<JobClaim> held(long workerId, long afterJobId, int max);

    /**
     * Those of some claims that a worker still holds, as they were claimed. One round trip.
     *
     * @param claims at most {@value HeldJob#MOST}
     * @param withPayload whether payloads come along; otherwise they are empty texts
     */
    List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload);

    /** What running jobs leave behind. The same object each time. */
    ReportStore reports();

    // ---- time and upkeep

    /** Makes due jobs available, the earliest first, at most {@code max}. */
    Promotion promote(Instant now, int max);

    /**
     * Takes one step of clearing away a worker that its observer holds for dead. Fenced by the
     * beat: when the counter has moved since it was seen, nothing happens. From the first step on
     * the worker is marked dead and whatever it still writes is refused.
     *
     * @param workerId who
     * @param seenBeat the beat counter at which it stood still
     * @param max the most jobs moved in this step
     * @param now kept in history
     */
    RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now);

    /**
     * Removes jobs that have come to rest and are old enough, with body and history. Live jobs
     * stay.
     *
     * @param rules what is old enough, by queue
     * @param afterJobId where the last step stopped, 0 to begin with
     * @param max the most jobs looked at in this step
     * @return where to go on; 0 when the end was reached or nothing further is old enough
     */
    long prune(PruneRules rules, long afterJobId, int max);

    /**
     * Makes jobs available at once that a person wants to see run: discarded ones start over with
     * attempt 1, scheduled ones keep their attempt. Earlier history stays visible; since history
     * has a row for each ended attempt, the retry itself leaves none, and a number may occur in it
     * again.
     *
     * @return the state in which each known job was found; ended jobs other than discarded stay
     */
    Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now);

    /**
     * Carries out, in one bounded step, what is due for jobs that do not run: those whose time to
     * live has passed and that never started expire; those that somebody asked to cancel while they
     * ran, and that wait again now, are cancelled. Requests to cancel jobs that have ended are
     * dropped. What cannot be carried out yet hides nothing behind it from the steps that follow.
     *
     * @param max the most times to live, and the most requests, looked at
     */
    Settled settle(Instant now, int max);

    // ---- what people ask for

    /**
     * Cancels jobs: waiting ones at once, with a history row that gives the reason; for running
     * ones the request is kept, and their worker learns of it by its next pulse.
     *
     * @param jobIds at most 10,000
     * @param reason for people
     * @return the state in which each known job was found; ended and discarded ones stay
     */
    Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now);

    /**
     * Removes jobs that have ended or were discarded, with body and history.
     *
     * @param jobIds at most 10,000
     * @return the state in which each known job was found; live ones stay
     */
    Map<Long, JobState.Name> delete(Collection<Long> jobIds);

    /**
     * Pauses, resumes or limits a queue, which need not have had a job yet. Changes of different
     * settings made at once by several processes all hold. One round trip.
     *
     * @param change what is not said in it stays as it is
     */
    void control(String queue, QueueControl.Change change);

    /** Sets everything that can be set on a queue, whatever it was. */
    default void control(String queue, QueueControl control) {
        control(queue, QueueControl.Change.to(control));
    }

    /** What is set on a queue; {@link QueueControl#NONE} for an unknown one. One round trip. */
    QueueControl control(String queue);

    /**
     * Tells a worker to claim nothing more and to finish what it runs; it learns of it by its next
     * pulse. Twice is once. One round trip.
     *
     * @return whether there is such a worker that was not declared dead
     */
    boolean drain(long workerId);

    // ---- looking

    /** A job with its history. */
    Optional<JobSnapshot> find(long jobId);

    /**
     * The retry policy that a job was given for itself; empty when it goes by its task's, or there
     * is no such job. One round trip.
     */
    Optional<RetryPolicy> ownRetry(long jobId);

    /**
     * Jobs with their history, by id; unknown ones are left out. One round trip or two, whatever
     * their number.
     *
     * @param jobIds at most 1,000
     */
    Map<Long, JobSnapshot> find(Collection<Long> jobIds);

    /** The states of those of the given jobs that have ended, discarded included. */
    Map<Long, JobState> ended(Collection<Long> jobIds);

    /**
     * A page of jobs without their history: available ones in the order in which they will run,
     * scheduled ones by due time, all others newest first.
     *
     * @param limit 1 to 1000
     * @param cursor {@link JobPage#next} of the page before; {@code null} for the first
     */
    JobPage list(JobFilter filter, int limit, @Nullable String cursor);

    /**
     * A page of the ids of the jobs that {@link #list} would give, in the same order; cheaper by
     * the bodies, which are read only where the filter needs them.
     *
     * @param limit 1 to 1000
     * @param cursor {@link JobIdPage#next} of the page before; {@code null} for the first
     */
    JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor);

    /** The job that holds a unique key now; empty when none does. One round trip. */
    Optional<Long> holder(String uniqueKey, Instant now);

    /**
     * Every queue that ever had a job or has something set on it, by name; a queue whose jobs were
     * all refused as duplicates may be listed, empty. Cost: bounded counts per queue.
     */
    List<QueueSnapshot> queues();

    /** Every kind that a queue ever had, by queue, kind and version. One round trip. */
    List<QueueKind> kinds();

    /**
     * Discarded jobs with why, those accepted last first, without their stacks. One round trip.
     *
     * @param queue only of this queue; {@code null} for all
     * @param kind only of this kind; {@code null} for all
     * @param max 1 to {@value DiscardedJob#MOST}
     */
    default List<DiscardedJob> discarded(@Nullable String queue, @Nullable String kind, int max) {
        return discarded(JobFilter.all().in(queue, kind), max);
    }

    /**
     * The same.
     *
     * @param filter which: its queue, kind and {@link JobFilter#among}; the rest must not be set
     * @param max 1 to {@value DiscardedJob#MOST}
     */
    List<DiscardedJob> discarded(JobFilter filter, int max);

    /**
     * How many scheduled jobs are due by now and not yet available, by queue; queues without one
     * are left out. Exact up to {@value QueueSnapshot#COUNT_BOUND} over all queues together, the
     * longest due first. One round trip.
     */
    Map<String, Integer> due(Instant now);

    /** Every registered worker, by id. */
    List<WorkerSnapshot> workers();

    /** What happened in queues, in numbers. */
    TallyStore tallies();

    /** Schedules and their ticks. The same object each time. */
    ScheduleStore schedules();

    /** Where jobs with keys wait for limits. The same object each time. */
    LimitStore limits();

    /** Who leads. The same object each time. */
    LeaseStore leases();

    /** Who did what, and who is signed in. */
    AccessStore access();

    /** Jobs that belong together. The same object each time. */
    BatchStore batches();

    /** Releases connections and threads; a store is closed once and last. */
    @Override
    void close();
}
