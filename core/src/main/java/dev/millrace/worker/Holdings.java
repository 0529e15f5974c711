package dev.millrace.worker;

import dev.millrace.store.JobClaim;
import dev.millrace.store.JobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a worker holds, to be compared with what the store says it holds. Rows that the store has
 * under the worker's name but that it does not know (the answer to a claim was lost) are given back
 * unspent. Thread-safe.
 */
final class Holdings {
    private static final Logger LOG = LoggerFactory.getLogger(Holdings.class);
    private static final int PAGE = 1_000;
    private static final int LOOKS_AFTER_DOUBT = 30;

    private final Map<Long, LiveJob> held = new ConcurrentHashMap<>();
    private final Set<Long> claimsUnderWay = ConcurrentHashMap.newKeySet();
    private final AtomicLong claims = new AtomicLong();
    private final AtomicInteger doubts = new AtomicInteger();
    private volatile long workerId;
    private int surplusSeen;

    long workerId() {
        return workerId;
    }

    /** The worker was registered, for the first time or anew; it holds nothing. */
    void registered(long id) {
        held.clear();
        workerId = id;
    }

    /** A claim id never used before: the worker's id and a counter. */
    long beginClaim(long worker) {
        long claimId = (worker << 32) + claims.incrementAndGet();
        claimsUnderWay.add(claimId);
        return claimId;
    }

    void endClaim(long claimId, boolean answered) {
        if (!answered) {
            doubt();
        }
        claimsUnderWay.remove(claimId);
    }

    /** Something was to leave this worker's hands and may not have: look at the store's rows. */
    void doubt() {
        doubts.set(LOOKS_AFTER_DOUBT);
    }

    void hold(LiveJob job) {
        held.put(job.id(), job);
    }

    void release(LiveJob job) {
        held.remove(job.id(), job);
    }

    Optional<LiveJob> find(long jobId) {
        return Optional.ofNullable(held.get(jobId));
    }

    Collection<LiveJob> held() {
        return held.values();
    }

    /**
     * Compares with the store's rows when there is reason to, and gives strangers back. Called at
     * each heartbeat by one thread.
     *
     * @param running how many rows the store has under this worker's name
     */
    void reconcile(JobStore store, int running) {
        surplusSeen = running > held.size() + claimsUnderWay.size() * PAGE ? surplusSeen + 1 : 0;
        if (surplusSeen < 2 && doubts.get() == 0) {
            return;
        }
        doubts.updateAndGet(left -> Math.max(0, left - 1));
        surplusSeen = 0;
        long worker = workerId;
        long after = 0;
        List<JobClaim> page;
        do {
            page = store.held(worker, after, PAGE);
            var strangers = new ArrayList<JobClaim>();
            for (JobClaim claim : page) {
                after = claim.jobId();
                if (!isKnown(claim)) {
                    strangers.add(claim);
                }
            }
            if (!strangers.isEmpty()) {
                int returned = store.giveBack(worker, strangers);
                LOG.atInfo()
                        .addKeyValue("worker", worker)
                        .addKeyValue("returned", returned)
                        .log("claims whose answer was lost were given back");
            }
        } while (page.size() == PAGE);
    }

    private boolean isKnown(JobClaim claim) {
        if (claimsUnderWay.contains(claim.claimId())) {
            return true;
        }
        LiveJob job = held.get(claim.jobId());
        return job != null && job.claimed().claimId() == claim.claimId();
    }
}
