package dev.millrace.testkit;

import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobClaim;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.NewJob;
import dev.millrace.store.Promotion;
import dev.millrace.store.Recorded;
import dev.millrace.store.RescueAnswer;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Stores with one fault each. */
final class BrokenStores {
    private BrokenStores() {}

    /** Whoever reports a running job is believed. */
    static class FenceDropped extends MemoryStore {
        FenceDropped(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new FenceDropped(state);
        }

        @Override
        public MemoryStore copy() {
            return new FenceDropped(state.copy());
        }

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            synchronized (state) {
                return super.complete(endings.stream().map(this::forTheOwner).toList());
            }
        }

        private Ending forTheOwner(Ending e) {
            return state.spots.get(e.jobId()) instanceof Taken row
                    ? new Ending(
                            e.jobId(),
                            row.claimId(),
                            e.workerId(),
                            e.attempt(),
                            e.startedAt(),
                            e.endedAt(),
                            e.end(),
                            e.error(),
                            e.result(),
                            e.next(),
                            e.holdsKey())
                    : e;
        }
    }

    /** Whoever returns a running job is obeyed. */
    static class ReturnsUnfenced extends MemoryStore {
        ReturnsUnfenced(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ReturnsUnfenced(state);
        }

        @Override
        public MemoryStore copy() {
            return new ReturnsUnfenced(state.copy());
        }

        @Override
        public int giveBack(long workerId, Collection<JobClaim> claims) {
            int returned = 0;
            synchronized (state) {
                for (var claim : claims) {
                    if (state.spots.get(claim.jobId()) instanceof Taken row) {
                        var mine = new JobClaim(row.jobId(), row.claimId());
                        returned += super.giveBack(row.workerId(), List.of(mine));
                    }
                }
            }
            return returned;
        }
    }

    /** Rescue does not look at the beat. */
    static class RescuesTheLiving extends MemoryStore {
        RescuesTheLiving(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new RescuesTheLiving(state);
        }

        @Override
        public MemoryStore copy() {
            return new RescuesTheLiving(state.copy());
        }

        @Override
        public RescueAnswer rescue(long workerId, long seenBeat, int max, Instant now) {
            synchronized (state) {
                var worker = state.workers.get(workerId);
                return super.rescue(workerId, worker == null ? 0 : worker.beat(), max, now);
            }
        }
    }

    /** The dead may claim. */
    static class DeadMayClaim extends MemoryStore {
        DeadMayClaim(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new DeadMayClaim(state);
        }

        @Override
        public MemoryStore copy() {
            return new DeadMayClaim(state.copy());
        }

        @Override
        public List<ClaimedJob> claim(ClaimRequest request) {
            synchronized (state) {
                return take(request, choose(request));
            }
        }
    }

    /** A job that waits for its next attempt is forgotten. */
    static class LosesRetries extends MemoryStore {
        LosesRetries(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new LosesRetries(state);
        }

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            synchronized (state) {
                var answers = super.complete(endings);
                for (int i = 0; i < answers.size(); i++) {
                    var spot = state.spots.get(endings.get(i).jobId());
                    boolean again = endings.get(i).next() instanceof Ending.Next.Again;
                    if (again && spot != null && answers.get(i) == Recorded.RECORDED) {
                        state.lift(spot);
                    }
                }
                return answers;
            }
        }
    }

    /** A repeated report is recorded again. */
    static class CompletesTwice extends MemoryStore {
        CompletesTwice(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new CompletesTwice(state);
        }

        @Override
        public List<Recorded> complete(List<Ending> endings) {
            synchronized (state) {
                var answers = new ArrayList<>(super.complete(endings));
                for (int i = 0; i < answers.size(); i++) {
                    if (answers.get(i) == Recorded.ALREADY) {
                        long id = endings.get(i).jobId();
                        var past = state.pastOf(id).getLast();
                        state.append(id, past.claimId(), past.attempt());
                        answers.set(i, Recorded.RECORDED);
                    }
                }
                return answers;
            }
        }
    }

    /** A resent job is accepted once more. */
    static class ResendDuplicates extends MemoryStore {
        ResendDuplicates(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ResendDuplicates(state);
        }

        @Override
        public void enqueue(List<NewJob> jobs, boolean resend) {
            super.enqueue(jobs.stream().map(job -> resend ? known(job) : job).toList(), resend);
        }

        private NewJob known(NewJob job) {
            return state.bodies.containsKey(job.id())
                    ? new NewJob(
                            reserveIds(1).first(),
                            job.queue(),
                            job.kind(),
                            job.version(),
                            job.priority(),
                            job.payload(),
                            job.maxAttempts(),
                            job.retry(),
                            job.tags(),
                            job.createdAt(),
                            job.runAt())
                    : job;
        }
    }

    /** Kinds are not looked at. */
    static class ClaimsUnknownKinds extends MemoryStore {
        ClaimsUnknownKinds(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ClaimsUnknownKinds(state);
        }

        @Override
        public List<ClaimedJob> claim(ClaimRequest wish) {
            synchronized (state) {
                var kinds = new HashSet<KindVersion>();
                state.bodies
                        .values()
                        .forEach(body -> kinds.add(new KindVersion(body.kind(), body.version())));
                return super.claim(
                        new ClaimRequest(
                                wish.workerId(),
                                wish.claimId(),
                                wish.queue(),
                                kinds,
                                wish.max(),
                                wish.sweep(),
                                wish.now()));
            }
        }
    }

    /** Two claims that look at the same time take the same jobs. */
    static class ClaimsOverlap extends MemoryStore {
        ClaimsOverlap(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ClaimsOverlap(state);
        }

        @Override
        public List<ClaimedJob> claim(ClaimRequest request) {
            List<Long> seen;
            synchronized (state) {
                if (!state.isAlive(request.workerId())) {
                    return super.claim(request);
                }
                seen = choose(request);
            }
            LockSupport.parkNanos(100_000);
            synchronized (state) {
                for (long id : seen) {
                    if (state.spots.get(id) instanceof Taken row) {
                        super.giveBack(row.workerId(), List.of(new JobClaim(id, row.claimId())));
                    }
                }
                seen = seen.stream().filter(id -> state.spots.get(id) instanceof Waiting).toList();
                return take(request, seen);
            }
        }
    }

    /** The last come are served first. */
    static class LastComeFirstServed extends MemoryStore {
        LastComeFirstServed(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new LastComeFirstServed(state);
        }

        @Override
        List<Long> choose(ClaimRequest request) {
            return super.choose(request).reversed();
        }
    }

    /** Jobs are due an hour early. */
    static class PromotesEarly extends MemoryStore {
        PromotesEarly(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new PromotesEarly(state);
        }

        @Override
        public Promotion promote(Instant now, int max) {
            return super.promote(now.plus(Duration.ofHours(1)), max);
        }
    }

    /** What a person retries keeps its attempts. */
    static class RetriesNothing extends MemoryStore {
        RetriesNothing(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new RetriesNothing(state);
        }

        @Override
        public Map<Long, JobState.Name> retry(Collection<Long> jobIds, Instant now) {
            return Map.of();
        }
    }

    /** Every page but the first lacks its first item. */
    static class ListsWithGaps extends MemoryStore {
        ListsWithGaps(MemoryState state) {
            super(state);
        }

        @Override
        public MemoryStore reopen() {
            return new ListsWithGaps(state);
        }

        @Override
        public JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
            var page = super.list(filter, limit, cursor);
            return cursor == null || page.items().isEmpty()
                    ? page
                    : new JobPage(
                            page.items().subList(1, page.items().size()),
                            page.next(),
                            page.looked());
        }
    }
}
