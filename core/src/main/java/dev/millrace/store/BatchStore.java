package dev.millrace.store;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where batches live: jobs that belong together, and what waits for them. Safe to call from any
 * thread and from many processes at once.
 *
 * <p>A member stands in its batch once, open until it is counted; whoever counts it turns that row,
 * so that it is counted once. {@link JobStore#complete} counts members in the transaction that
 * records their ending, by a row of its own for each batch and call: there is no counter that all
 * would wait for. {@link #settle} adds those rows up, and only what they name is looked at. Ways in
 * which members end otherwise (cancelled, expired, rescued too often, deleted) are found by {@link
 * #sweep}, a page at a time.
 *
 * <p>A batch ends by one guarded change of its row, in the transaction that makes available what
 * waited for it. Jobs outside any batch cost nothing here.
 */
public interface BatchStore {
    /** The most jobs or items in one call. */
    int MOST_AT_ONCE = 10_000;

    /** The most rows in one look or step. */
    int MOST_IN_STEP = 1_000;

    /**
     * Accepts a batch, open for members, with the jobs that wait for it.
     *
     * @param resend true when an earlier call may have succeeded without its answer arriving
     * @throws MillraceException with {@code invalid-input} when its parent is not open
     */
    void create(NewBatch batch, boolean resend);

    /**
     * Accepts items of pipelines with their first jobs, in one transaction; such a batch takes
     * members only from its own.
     *
     * @param items at most {@value #MOST_IN_STEP}
     * @return for each whether it was accepted: not when a live item of its pipeline has its key
     */
    List<Boolean> submit(List<NewItem> items, boolean resend);

    /**
     * Accepts jobs as members, all or none, as {@link JobStore#enqueue(List, boolean)} does.
     *
     * @param jobs at most {@value #MOST_AT_ONCE}, without keys, naming the batch
     * @throws MillraceException with {@code invalid-input} when the batch is unknown, has ended or
     *     was cancelled; nothing was accepted
     */
    void add(long batchId, List<NewJob> jobs, boolean resend);

    /** Says that nobody but members adds more; answers whether the batch is known. */
    boolean close(long batchId);

    /**
     * Asks for the rest of a batch to be cancelled, and closes it; {@link #cancelling} names it
     * from now on.
     *
     * @return the state in which it was found; empty when it is unknown. Ended ones stay
     */
    Optional<BatchState> cancel(long batchId);

    /** Batches whose rest is to be cancelled, at most {@code max}. */
    List<Long> cancelling(int max);

    /**
     * Adds up what was counted, ends batches without an open member, and makes available what
     * waited for that.
     *
     * @param max the most rows of counts, up to {@value #MOST_IN_STEP}
     */
    BatchStep settle(Instant now, int max);

    /**
     * Counts members that ended without their batch hearing of it.
     *
     * @param after where the last look ended
     * @param max the most open members looked at, up to {@value #MOST_IN_STEP}
     * @return where to go on; {@link BatchPlace#FIRST} at the end
     */
    BatchPlace sweep(BatchPlace after, int max);

    /** A batch. */
    Optional<BatchSnapshot> find(long batchId);

    /** The newest item of a pipeline with this key. */
    Optional<BatchSnapshot> item(String pipeline, String key);

    /**
     * A page of batches, newest first.
     *
     * @param before only those with smaller ids; {@link Long#MAX_VALUE} for the first page
     * @param max up to {@value #MOST_IN_STEP}
     */
    List<BatchSnapshot> list(BatchFilter filter, long before, int max);

    /**
     * A page of members by id.
     *
     * @param state only those; {@code null} for all
     * @param max up to {@value #MOST_IN_STEP}
     */
    List<BatchMember> members(long batchId, BatchMember.@Nullable State state, long after, int max);

    /**
     * Forgets batches that ended before a moment, with their members' rows; jobs stay.
     *
     * @param max the most rows, up to {@value #MOST_IN_STEP}
     * @return how many rows went; fewer than asked for when none is left
     */
    int prune(Instant endedBefore, int max);

    /** Keeps how a pipeline is built, for people to see; replaces what was kept. */
    void declare(String pipeline, String plan);

    /** Every pipeline that was declared, by name, with how it is built. */
    Map<String, String> plans();
}
