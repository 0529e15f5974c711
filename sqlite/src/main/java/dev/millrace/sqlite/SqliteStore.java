package dev.millrace.sqlite;

import dev.millrace.job.Durability;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.job.Names;
import dev.millrace.job.RetryPolicy;
import dev.millrace.sqlite.Transaction.Counter;
import dev.millrace.store.Accepted;
import dev.millrace.store.AccessStore;
import dev.millrace.store.BatchStore;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.HeldJob;
import dev.millrace.store.IdBlock;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.LeaseStore;
import dev.millrace.store.LimitStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.Promotion;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueKind;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.Recorded;
import dev.millrace.store.ReportStore;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.ScheduleStore;
import dev.millrace.store.Schema;
import dev.millrace.store.Settled;
import dev.millrace.store.Signals;
import dev.millrace.store.StoreInfo;
import dev.millrace.store.TallyStore;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Jobs in one SQLite file, the embedded default. Thread-safe. Several processes, and several stores
 * within one, may use the file at once on one machine; not over a network file system.
 *
 * <p>What is accepted at durability {@code DISK}, the default, is on disk: the log is flushed
 * before an answer (WAL, {@code synchronous=FULL}); below that it reaches the operating system
 * ({@code NORMAL}). Calls from any threads share transactions, so that many callers share one
 * flush, and each gets the strongest durability that one of them asks for. Claims and heartbeats
 * reach the operating system and wait for no flush: a power cut ends every worker as well, and a
 * claim that it undoes leaves its jobs available, their attempts unspent.
 *
 * <p>Beside {@code jobs.db} stand the log {@code jobs.db-wal}, {@code jobs.db-shm}, and the
 * directory {@code jobs.db-workers} with the workers' lock files. A process that is frozen inside a
 * write (by SIGSTOP, say) stalls the others until it goes on; calls then fail with {@code
 * store-unavailable} after 30 seconds.
 */
public final class SqliteStore implements JobStore {
    private static final long BUSY_BOUND_NANOS = Duration.ofSeconds(30).toNanos();
    private static final int MOST_JOBS = 10_000;
    private static final int MOST_KEYED = 1_000;
    private static final int MOST_IDS = 100_000;
    private static final int ATTEMPTS_SHOWN = 100;

    private static final String HELD =
            """
            SELECT job_id, claim_id FROM running
            WHERE worker_id = ? AND job_id > ? ORDER BY job_id LIMIT ?\
            """;

    private final Database database;
    private final SqliteWriter writer;
    private final SqliteReaders readers;
    private final SqliteSignals signals;
    private final WorkerLocks locks;
    private final Controls controls = new Controls();
    private final AtomicLong afterRequest = new AtomicLong();
    private final Roster roster;
    private final SqliteReports reports;
    private final TallyRows tallies;
    private final Acts acts;
    private final AccessRows access;
    private final ScheduleRows schedules;
    private final LeaseRows leases;
    private final LimitRows limits;
    private final SqliteBatches batches;

    private SqliteStore(Database database, long busyBoundNanos) {
        this.database = database;
        this.locks = new WorkerLocks(database.workersDirectory());
        this.readers = new SqliteReaders(database);
        this.writer = new SqliteWriter(database, new BusyWait(busyBoundNanos), this::workHere);
        this.signals =
                new SqliteSignals(database.log(), writer::workFromElsewhere, writer::tellOthers);
        this.roster = new Roster(writer, readers, locks, controls);
        this.reports = new SqliteReports(writer, readers);
        this.tallies = new TallyRows(writer, readers);
        this.acts = new Acts(writer);
        this.access = new AccessRows(writer, readers);
        this.schedules = new ScheduleRows(writer, readers);
        this.leases = new LeaseRows(writer, readers);
        this.limits = new LimitRows(writer, readers, controls);
        this.batches = new SqliteBatches(writer, readers);
    }

    /**
     * Opens the store in a file; makes the file and its directories if they are missing and brings
     * its schema up to date.
     *
     * @throws MillraceException with {@code schema-mismatch} when the file is newer than this
     *     program, {@code store-refused} when it cannot be opened or written
     */
    public static SqliteStore at(Path file) {
        var database = Database.at(file);
        new SqliteSchema(database).apply();
        return open(database);
    }

    /**
     * Opens the store in a file whose schema is up to date already; changes nothing otherwise.
     *
     * @throws MillraceException with {@code schema-mismatch} when the schema is missing, older or
     *     newer, {@code store-refused} when the file cannot be opened or written
     */
    public static SqliteStore withoutMigration(Path file) {
        var database = Database.at(file);
        new SqliteSchema(database).requireCurrent();
        return open(database);
    }

    /** The schema of the file, without opening a store on it; makes nothing until applied. */
    public static Schema schema(Path file) {
        return new SqliteSchema(Database.at(file));
    }

    /** A store that waits no longer than this for other processes. */
    static SqliteStore at(Path file, Duration busyBound) {
        var database = Database.at(file);
        new SqliteSchema(database).apply();
        return open(database, busyBound.toNanos());
    }

    private static SqliteStore open(Database database) {
        return open(database, BUSY_BOUND_NANOS);
    }

    private static SqliteStore open(Database database, long busyBoundNanos) {
        var store = new SqliteStore(database, busyBoundNanos);
        store.writer.open();
        return store;
    }

    /** For tests that bring about faults from within. */
    SqliteWriter writer() {
        return writer;
    }

    private void workHere() {
        signals.callListeners();
    }

    @Override
    public StoreInfo info() {
        return writer.run("info", transaction -> Facts.of(database, transaction.session()));
    }

    @Override
    public IdBlock reserveIds(int count) {
        if (count < 1 || count > MOST_IDS) {
            throw MillraceException.invalid(
                    "ids are reserved 1 to %d at once, got %d".formatted(MOST_IDS, count));
        }
        return writer.run(
                "reserving ids",
                transaction -> new IdBlock(transaction.take(Counter.JOB, count), count));
    }

    @Override
    public void enqueue(List<NewJob> jobs, boolean resend) {
        if (jobs.size() > MOST_JOBS) {
            throw MillraceException.invalid(
                    "at most %d jobs are accepted at once, got %d; nothing was accepted"
                            .formatted(MOST_JOBS, jobs.size()));
        }
        if (jobs.stream().anyMatch(NewJob::isKeyed)) {
            throw MillraceException.invalid(
                    "jobs accepted at once must be without keys here, got one with keys: accept"
                            + " them as jobs with keys; nothing was accepted");
        }
        if (!jobs.isEmpty()) {
            writer.run("enqueue", strongest(jobs), new Enqueue(List.copyOf(jobs), resend));
        }
    }

    @Override
    public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
        if (jobs.size() > MOST_KEYED) {
            throw MillraceException.invalid(
                    "at most %d jobs with keys are accepted at once, got %d; nothing was accepted"
                            .formatted(MOST_KEYED, jobs.size()));
        }
        return jobs.isEmpty()
                ? List.of()
                : writer.run(
                        "enqueue", strongest(jobs), new KeyedEnqueue(List.copyOf(jobs), resend));
    }

    private static Durability strongest(List<NewJob> jobs) {
        var level = Durability.MEMORY;
        for (var job : jobs) {
            level = level.max(job.durability());
        }
        return level;
    }

    /**
     * Not offered: a caller has no connection to a file that only this store may write.
     *
     * @throws MillraceException with {@code not-supported}, always
     */
    @Override
    public List<Accepted> enqueue(Connection connection, List<NewJob> jobs) {
        throw new MillraceException(
                Code.NOT_SUPPORTED,
                "a store on SQLite takes no part in a caller's own transaction: use a store on"
                        + " PostgreSQL, or enqueue after the commit; nothing was accepted");
    }

    @Override
    public Signals signals() {
        return signals;
    }

    @Override
    public long register(WorkerInfo info) {
        return roster.register(info);
    }

    @Override
    public void deregister(long workerId) {
        roster.deregister(workerId);
    }

    @Override
    public PulseAnswer pulse(Pulse pulse) {
        return roster.pulse(pulse);
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        if (controls.isPaused(request.queue())) {
            return List.of();
        }
        var jobs = writer.run("claim", Durability.OS, new Claim(request, controls));
        if (jobs == null) {
            throw new MillraceException(
                    Code.WORKER_LOST,
                    "worker %d is not registered or was declared dead; it must register anew, nothing"
                                    .formatted(request.workerId())
                            + " was claimed");
        }
        return jobs;
    }

    @Override
    public List<Recorded> complete(List<Ending> endings) {
        if (endings.size() > MOST_JOBS) {
            throw MillraceException.invalid(
                    "at most %d endings are recorded at once, got %d; nothing was recorded"
                            .formatted(MOST_JOBS, endings.size()));
        }
        return endings.isEmpty()
                ? List.of()
                : writer.run("complete", new Complete(List.copyOf(endings)));
    }

    @Override
    public int giveBack(long workerId, Collection<JobClaim> claims) {
        var copy = List.copyOf(claims);
        return copy.isEmpty()
                ? 0
                : writer.run(
                        "giving back", transaction -> Moves.giveBack(transaction, workerId, copy));
    }

    @Override
    public List<JobClaim> held(long workerId, long afterJobId, int max) {
        return readers.look(
                "held",
                session -> {
                    var found = new ArrayList<JobClaim>();
                    try (var rows = session.query(HELD, workerId, afterJobId, max)) {
                        while (rows.next()) {
                            found.add(new JobClaim(rows.getLong(1), rows.getLong(2)));
                        }
                    }
                    return found;
                });
    }

    @Override
    public ReportStore reports() {
        return reports;
    }

    @Override
    public Promotion promote(Instant now, int max) {
        return writer.run("promote", transaction -> Moves.promote(transaction, now, max));
    }

    @Override
    public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        return roster.rescue(workerId, seenBeat, max, now);
    }

    @Override
    public long prune(PruneRules rules, long afterJobId, int max) {
        return writer.run("prune", new Prune(rules, afterJobId, max));
    }

    @Override
    public Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now) {
        return acts.inParts("retry", jobIds, part -> transaction -> Moves.retry(transaction, part));
    }

    @Override
    public Settled settle(Instant now, int max) {
        return writer.run("settle", new Settle(now, max, afterRequest));
    }

    @Override
    public Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now) {
        return acts.inParts("cancel", jobIds, part -> new Cancel(part, reason, now));
    }

    @Override
    public Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        return acts.delete(jobIds);
    }

    @Override
    public void control(String queue, QueueControl.Change change) {
        Names.check("queue", queue);
        writer.<@Nullable Void>run(
                "control",
                transaction -> {
                    Controls.set(transaction, queue, change);
                    controls.forget();
                    return null;
                });
        controls.forget();
    }

    @Override
    public QueueControl control(String queue) {
        return readers.look("control", session -> Controls.one(session, queue).control());
    }

    @Override
    public Optional<RetryPolicy> ownRetry(long jobId) {
        return readers.look("own retry", session -> Bodies.ownRetry(session, jobId));
    }

    @Override
    public Optional<JobSnapshot> find(long jobId) {
        return readers.look(
                "find",
                session -> {
                    var body = Bodies.find(session, jobId);
                    return body == null
                            ? Optional.empty()
                            : Optional.of(
                                    body.snapshot(
                                            Places.of(session, body),
                                            Places.attempts(session, jobId, ATTEMPTS_SHOWN)));
                });
    }

    @Override
    public Map<Long, JobState> ended(Collection<Long> jobIds) {
        var copy = List.copyOf(jobIds);
        return readers.look(
                "ended",
                session -> {
                    var found = new TreeMap<Long, JobState>();
                    for (long id : copy) {
                        var state = Places.endedState(session, id);
                        if (state != null) {
                            found.put(id, state);
                        }
                    }
                    return found;
                });
    }

    @Override
    public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
        checkLimit(limit);
        return readers.look("list", session -> Lists.page(session, filter, limit, cursor));
    }

    @Override
    public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        checkLimit(limit);
        return readers.look("ids", session -> Lists.ids(session, filter, limit, cursor));
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > 1000) {
            throw MillraceException.invalid("a page holds 1 to 1000 jobs, got " + limit);
        }
    }

    @Override
    public Optional<Long> holder(String uniqueKey, Instant now) {
        return readers.look("holder", session -> Keys.holder(session, uniqueKey, now));
    }

    @Override
    public List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        return readers.look(
                "claimed", session -> Held.jobs(session, workerId, claims, withPayload));
    }

    @Override
    public boolean drain(long workerId) {
        return roster.drain(workerId);
    }

    @Override
    public List<QueueKind> kinds() {
        return readers.look("kinds", Queues::kinds);
    }

    @Override
    public List<DiscardedJob> discarded(@Nullable String queue, @Nullable String kind, int max) {
        return readers.look("discarded", session -> Aside.newest(session, queue, kind, max));
    }

    @Override
    public List<QueueSnapshot> queues() {
        return readers.look("queues", Queues::all);
    }

    @Override
    public Map<String, Integer> due(Instant now) {
        return readers.look("due", session -> Queues.due(session, now));
    }

    @Override
    public AccessStore access() {
        return access;
    }

    @Override
    public BatchStore batches() {
        return batches;
    }

    @Override
    public TallyStore tallies() {
        return tallies;
    }

    @Override
    public ScheduleStore schedules() {
        return schedules;
    }

    @Override
    public LimitStore limits() {
        return limits;
    }

    @Override
    public LeaseStore leases() {
        return leases;
    }

    @Override
    public List<WorkerSnapshot> workers() {
        return readers.look("workers", WorkerRows::all);
    }

    @Override
    public void close() {
        signals.close();
        writer.close();
        readers.close();
        locks.close();
    }
}
