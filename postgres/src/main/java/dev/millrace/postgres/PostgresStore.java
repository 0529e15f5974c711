package dev.millrace.postgres;

import com.zaxxer.hikari.HikariDataSource;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.RetryPolicy;
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

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

import javax.sql.DataSource;

/**
 * The job store on PostgreSQL 14 or newer. All its tables live in one schema, {@code millrace} by
 * default, created when missing; statements never rely on the search path.
 *
 * <p>Thread-safe; several stores may be open in one process. Besides the connections it borrows for
 * a statement, an open store keeps one from the moment it registers a worker or listens for work,
 * for LISTEN and the workers' liveness locks, and one from the moment it registers a worker, for
 * their heartbeats. These two are opened, and reopened when they are lost, beside its pool and
 * count beyond the pool's size. Two daemon threads serve wake-ups.
 */
public final class PostgresStore implements JobStore {
    private static final int POOL_SIZE = 10;

    private final DueFloor due = new DueFloor();
    private final DueFloor expiries = new DueFloor();
    private final Sql sql;
    private final String address;
    private final @Nullable HikariDataSource ownPool;
    private final Migrations migrations;
    private final Enqueues enqueues;
    private final Intake intake;
    private final Keys keys;
    private final Controls controls;
    private final Settling settling;
    private final Pruning pruning;
    private final Claims claims;
    private final Completions completions;
    private final Workers workers;
    private final Pulses pulses;
    private final Upkeep upkeep;
    private final Jobs jobs;
    private final Lists lists;
    private final Aside aside;
    private final Held held;
    private final TallyRows tallies;
    private final AccessRows access;
    private final ScheduleRows schedules;
    private final LeaseRows leases;
    private final LimitRows limits;
    private final Lifeline lifeline;
    private final Session session;
    private final Wakeups wakeups;
    private final PostgresReports reports;
    private final Batches batches;

    private PostgresStore(
            DataSource source,
            Connector sessions,
            SchemaName schema,
            String address,
            @Nullable HikariDataSource ownPool,
            LongSupplier nanos) {
        this.sql = new Sql(source, schema);
        this.address = address;
        this.ownPool = ownPool;
        this.migrations = new Migrations(sql);
        this.lifeline = new Lifeline(sql, sessions);
        var lanes = new Lanes(sql);
        this.enqueues = new Enqueues(sql, lanes);
        this.keys = new Keys(sql);
        this.controls = new Controls(sql);
        this.jobs = new Jobs(sql, lanes);
        var jobSignals = new JobSignals(sql, jobs);
        var batchMembers = new BatchMembers(sql, enqueues);
        this.completions = new Completions(sql, jobSignals, enqueues, batchMembers);
        this.claims = new Claims(sql, lanes, completions, controls);
        this.workers = new Workers(sql, lifeline);
        this.pulses = new Pulses(sql, lifeline, controls, due, expiries, new Sweeps(nanos));
        this.upkeep = new Upkeep(sql, lifeline, due, new Sweeps(nanos));
        this.settling = new Settling(sql, jobs);
        this.pruning = new Pruning(sql, jobs);
        this.lists = new Lists(sql, lanes, jobs, controls);
        this.aside = new Aside(sql, lanes);
        this.held = new Held(sql, lanes);
        this.tallies = new TallyRows(sql);
        this.access = new AccessRows(sql);
        this.session = new Session(sql, sessions);
        this.wakeups = new Wakeups(sql, lifeline, session);
        this.intake = new Intake(sql, enqueues, due, expiries, wakeups);
        this.reports = new PostgresReports(sql, jobSignals, completions, wakeups);
        this.schedules = new ScheduleRows(sql, enqueues, wakeups::announce);
        this.leases = new LeaseRows(sql);
        this.limits =
                new LimitRows(
                        sql,
                        lanes,
                        new LimitSettings(sql, controls, wakeups::announce),
                        wakeups::announce);
        this.batches =
                new Batches(
                        sql, enqueues, batchMembers, settling, intake::accepted, wakeups::announce);
    }

    /**
     * A store on the caller's connections, in schema {@code millrace}, migrated now. The source
     * should pool, and is not closed with the store. Claims, reports and endings wait in line for
     * its connections like everybody else. While the store has workers it keeps two more, one to
     * listen and one for heartbeats, opened from what the pool opens its own from, with its
     * credentials and its first statement: handlers which hold the whole pool, however long, do not
     * make a living worker look dead. So the server must grant each such process two connections
     * more than the pool's size. That holds for HikariCP, for PostgreSQL's own {@code
     * PGSimpleDataSource}, and for what wraps them and says so; of any other pool the store keeps
     * two connections, and says in the log that a loss of these may leave it in line: better use
     * {@link #of(DataSource, DataSource, String, boolean)}.
     *
     * @throws dev.millrace.job.MillraceException with {@code store-unavailable} or {@code
     *     store-refused} when the database cannot be reached or refuses, {@code schema-mismatch}
     *     when its schema is newer than this program
     */
    public static PostgresStore of(DataSource source) {
        return of(source, SchemaName.DEFAULT, true);
    }

    /**
     * The same in another schema.
     *
     * @param schema letters, digits and underscores, at most 40
     * @param migrate whether to bring the schema up to date now; otherwise one that is not is
     *     refused with {@code schema-mismatch}
     */
    public static PostgresStore of(DataSource source, String schema, boolean migrate) {
        return of(source, Connector.past(source), schema, migrate);
    }

    /**
     * The same with a source of their own for the two connections that the store keeps.
     *
     * @param direct opens a connection with each call, without a line to wait in; not closed with
     *     the store
     */
    public static PostgresStore of(
            DataSource source, DataSource direct, String schema, boolean migrate) {
        return of(source, direct::getConnection, schema, migrate);
    }

    private static PostgresStore of(
            DataSource source, Connector sessions, String schema, boolean migrate) {
        var name = new SchemaName(schema);
        return new PostgresStore(source, sessions, name, "schema " + schema, null, System::nanoTime)
                .opened(migrate);
    }

    /**
     * A store with connections of its own, at most {@value #POOL_SIZE} and those it keeps, migrated
     * now.
     *
     * @param url {@code postgresql://user:pass@host:port/db[?schema=NAME]}; further parameters go
     *     to the driver
     * @throws dev.millrace.job.MillraceException as {@link #of(DataSource)}; {@code invalid-input}
     *     when the URL cannot be read
     */
    public static PostgresStore at(String url) {
        return at(url, true);
    }

    /**
     * The same, with a choice.
     *
     * @param migrate whether to bring the schema up to date now; otherwise one that is not is
     *     refused with {@code schema-mismatch}
     */
    public static PostgresStore at(String url, boolean migrate) {
        return at(url, migrate, System::nanoTime);
    }

    /**
     * @param nanos the clock by which looks are timed
     */
    static PostgresStore at(String url, boolean migrate, LongSupplier nanos) {
        StoreUrl parsed = StoreUrl.parse(url);
        HikariDataSource pool = OwnPool.of(parsed, POOL_SIZE);
        Connector sessions = parsed.source()::getConnection;
        try {
            return new PostgresStore(
                            pool, sessions, parsed.schema(), parsed.toString(), pool, nanos)
                    .opened(migrate);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /**
     * The migrations of the database at a URL, applied or not. Opens a connection for each call.
     *
     * @param url as in {@link #at(String)}
     */
    public static Schema schema(String url) {
        StoreUrl parsed = StoreUrl.parse(url);
        return new Migrations(new Sql(parsed.source(), parsed.schema()));
    }

    /**
     * The migrations of a database, applied or not.
     *
     * @param schema as in {@link #of(DataSource, String, boolean)}
     */
    public static Schema schema(DataSource source, String schema) {
        return new Migrations(new Sql(source, new SchemaName(schema)));
    }

    private PostgresStore opened(boolean migrate) {
        if (migrate) {
            migrations.apply();
        } else {
            migrations.check();
        }
        return this;
    }

    @Override
    public StoreInfo info() {
        return new ServerFacts(sql).info(address);
    }

    @Override
    public IdBlock reserveIds(int count) {
        return enqueues.reserve(count);
    }

    @Override
    public void enqueue(List<NewJob> newJobs, boolean resend) {
        intake.enqueue(newJobs, resend);
    }

    @Override
    public List<Accepted> enqueueKeyed(List<NewJob> newJobs, boolean resend) {
        return intake.enqueueKeyed(newJobs, resend);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Lanes met for the first time are created through the store's own connections, so that pool
     * must have one to spare.
     */
    @Override
    public List<Accepted> enqueue(Connection connection, List<NewJob> newJobs) {
        return intake.enqueue(connection, newJobs);
    }

    @Override
    public Signals signals() {
        return wakeups;
    }

    @Override
    public long register(WorkerInfo info) {
        long id = workers.insert(info);
        if (info.lease() == null) {
            session.hold(id, wakeups);
        }
        return id;
    }

    @Override
    public void deregister(long workerId) {
        workers.delete(workerId);
        session.release(workerId, wakeups);
    }

    @Override
    public PulseAnswer pulse(Pulse pulse) {
        return pulses.pulse(pulse);
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        return claims.claim(request);
    }

    @Override
    public List<Recorded> complete(List<Ending> endings) {
        List<Recorded> recorded = completions.complete(endings);
        for (Ending ending : endings) {
            if (ending.next() instanceof Ending.Next.Again again) {
                due.added(again.runAt());
            }
            if (ending.follows() && !ending.follow().then().isEmpty()) {
                intake.accepted(ending.follow().then());
                wakeups.announce();
            }
        }
        return recorded;
    }

    @Override
    public int giveBack(long workerId, Collection<JobClaim> given) {
        int returned = upkeep.giveBack(workerId, given);
        announceIf(returned > 0);
        return returned;
    }

    @Override
    public List<JobClaim> held(long workerId, long afterJobId, int max) {
        return workers.held(workerId, afterJobId, max);
    }

    @Override
    public ReportStore reports() {
        return reports;
    }

    @Override
    public Promotion promote(Instant now, int max) {
        Promotion promotion = upkeep.promote(now, max);
        announceIf(promotion.promoted() > 0);
        return promotion;
    }

    @Override
    public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        RescueAnswer answer = upkeep.rescue(workerId, seenBeat, max, now);
        announceIf(answer.returned() > 0);
        return answer;
    }

    @Override
    public long prune(PruneRules rules, long afterJobId, int max) {
        return pruning.prune(rules, afterJobId, max);
    }

    @Override
    public Settled settle(Instant now, int max) {
        return settling.settle(now, max);
    }

    @Override
    public Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now) {
        return settling.cancel(jobIds, reason, now);
    }

    @Override
    public Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        return pruning.delete(jobIds);
    }

    @Override
    public void control(String queue, QueueControl.Change change) {
        announceIf(!controls.set(queue, change).paused());
    }

    @Override
    public QueueControl control(String queue) {
        return controls.get(queue);
    }

    @Override
    public Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now) {
        Map<Long, JobState.Name> found = jobs.retry(jobIds);
        announceIf(
                found.containsValue(JobState.Name.DISCARDED)
                        || found.containsValue(JobState.Name.SCHEDULED));
        return found;
    }

    @Override
    public Optional<RetryPolicy> ownRetry(long jobId) {
        return jobs.ownRetry(jobId);
    }

    @Override
    public Optional<JobSnapshot> find(long jobId) {
        return jobs.find(jobId);
    }

    @Override
    public Map<Long, JobState> ended(Collection<Long> jobIds) {
        return jobs.ended(jobIds);
    }

    @Override
    public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
        return lists.list(filter, limit, cursor);
    }

    @Override
    public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        return lists.ids(filter, limit, cursor);
    }

    @Override
    public Optional<Long> holder(String uniqueKey, Instant now) {
        return keys.holder(uniqueKey, now);
    }

    @Override
    public List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        return held.jobs(workerId, claims, withPayload);
    }

    @Override
    public boolean drain(long workerId) {
        return workers.drain(workerId);
    }

    @Override
    public List<QueueKind> kinds() {
        return lists.kinds();
    }

    @Override
    public List<DiscardedJob> discarded(@Nullable String queue, @Nullable String kind, int max) {
        return aside.newest(queue, kind, max);
    }

    @Override
    public List<QueueSnapshot> queues() {
        return lists.queues();
    }

    @Override
    public Map<String, Integer> due(Instant now) {
        return lists.due(now);
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
        return workers.all();
    }

    private void announceIf(boolean work) {
        if (work) {
            wakeups.announce();
        }
    }

    @Override
    public void close() {
        sql.close();
        wakeups.close();
        lifeline.close();
        session.close();
        if (ownPool != null) {
            ownPool.close();
        }
    }
}
