package dev.millrace.store;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A store on which every call is unexpected: a fake overrides what its test is about. */
public abstract class NoStore implements JobStore {
    private static UnsupportedOperationException unexpected() {
        return new UnsupportedOperationException("expected no such call in this test");
    }

    @Override
    public StoreInfo info() {
        throw unexpected();
    }

    @Override
    public IdBlock reserveIds(int count) {
        throw unexpected();
    }

    @Override
    public void enqueue(List<NewJob> jobs, boolean resend) {
        throw unexpected();
    }

    @Override
    public List<Accepted> enqueueKeyed(List<NewJob> jobs, boolean resend) {
        throw unexpected();
    }

    @Override
    public List<Accepted> enqueue(Connection connection, List<NewJob> jobs) {
        throw unexpected();
    }

    @Override
    public Signals signals() {
        throw unexpected();
    }

    @Override
    public long register(WorkerInfo info) {
        throw unexpected();
    }

    @Override
    public void deregister(long workerId) {
        throw unexpected();
    }

    @Override
    public PulseAnswer pulse(Pulse pulse) {
        throw unexpected();
    }

    @Override
    public List<ClaimedJob> claim(ClaimRequest request) {
        throw unexpected();
    }

    @Override
    public List<Recorded> complete(List<Ending> endings) {
        throw unexpected();
    }

    @Override
    public int giveBack(long workerId, Collection<JobClaim> claims) {
        throw unexpected();
    }

    @Override
    public List<JobClaim> held(long workerId, long afterJobId, int max) {
        throw unexpected();
    }

    @Override
    public Promotion promote(Instant now, int max) {
        throw unexpected();
    }

    @Override
    public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
        throw unexpected();
    }

    @Override
    public long prune(PruneRules rules, long afterJobId, int max) {
        throw unexpected();
    }

    @Override
    public Settled settle(Instant now, int max) {
        throw unexpected();
    }

    @Override
    public Map<Long, JobState.Name> cancel(Collection<Long> jobIds, String reason, Instant now) {
        throw unexpected();
    }

    @Override
    public Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        throw unexpected();
    }

    @Override
    public void control(String queue, QueueControl.Change change) {
        throw unexpected();
    }

    @Override
    public QueueControl control(String queue) {
        throw unexpected();
    }

    @Override
    public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        throw unexpected();
    }

    @Override
    public Optional<Long> holder(String uniqueKey, Instant now) {
        throw unexpected();
    }

    @Override
    public Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now) {
        throw unexpected();
    }

    @Override
    public Optional<RetryPolicy> ownRetry(long jobId) {
        throw unexpected();
    }

    @Override
    public Optional<JobSnapshot> find(long jobId) {
        throw unexpected();
    }

    @Override
    public Map<Long, JobState> ended(Collection<Long> jobIds) {
        throw unexpected();
    }

    @Override
    public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
        throw unexpected();
    }

    @Override
    public List<HeldJob> claimed(long workerId, Collection<JobClaim> claims, boolean withPayload) {
        throw unexpected();
    }

    @Override
    public boolean drain(long workerId) {
        throw unexpected();
    }

    @Override
    public List<QueueKind> kinds() {
        throw unexpected();
    }

    @Override
    public Map<Long, JobSnapshot> find(Collection<Long> jobIds) {
        throw unexpected();
    }

    @Override
    public List<DiscardedJob> discarded(JobFilter filter, int max) {
        throw unexpected();
    }

    @Override
    public List<QueueSnapshot> queues() {
        throw unexpected();
    }

    @Override
    public Map<String, Integer> due(Instant now) {
        throw unexpected();
    }

    @Override
    public BatchStore batches() {
        throw unexpected();
    }

    @Override
    public TallyStore tallies() {
        throw unexpected();
    }

    @Override
    public AccessStore access() {
        throw unexpected();
    }

    @Override
    public ScheduleStore schedules() {
        throw unexpected();
    }

    @Override
    public LimitStore limits() {
        throw unexpected();
    }

    @Override
    public LeaseStore leases() {
        throw unexpected();
    }

    @Override
    public List<WorkerSnapshot> workers() {
        throw unexpected();
    }

    @Override
    public void close() {
        throw unexpected();
    }

    @Override
    public ReportStore reports() {
        throw unexpected();
    }
}
