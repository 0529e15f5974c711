package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/** Which answers of a store the contract allows, where it allows more than the model's own. */
final class AnswerCheck {
    private final MemoryStore model;
    private final Map<Long, Long> groups = new HashMap<>();

    AnswerCheck(MemoryStore model) {
        this.model = model;
    }

    /**
     * Notes which jobs became available by the last call.
     *
     * @param before the model's last entry before it
     * @param ordered whether their order among each other counts
     */
    void entered(long before, boolean ordered) {
        for (var row : model.state.waiting) {
            if (row.entry() > before) {
                groups.put(row.jobId(), ordered ? row.entry() : before + 1);
            }
        }
    }

    /** Checks what a claim took against what was there. */
    void claim(ClaimRequest request, List<Long> taken) {
        var there = new HashMap<Long, Waiting>();
        for (var row : model.state.waiting) {
            there.put(row.jobId(), row);
        }
        var kinds = request.kinds();
        var known = new MemoryLists(model.state).waitingIn(request.queue(), kinds).toList();
        assertThat(known.stream().map(Waiting::jobId).toList()).containsAll(taken);
        assertThat(taken).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(model.room(request));
        Waiting last = null;
        for (long id : taken) {
            var row = there.get(id);
            if (row == null) {
                throw new AssertionError("job %d is not available".formatted(id));
            }
            if (last != null && isBefore(row, last)) {
                throw new AssertionError("%s must come before %s".formatted(row, last));
            }
            if (isAlone(row)) {
                assertThat(taken).as("jobs beside one that runs alone").hasSize(1);
            }
            last = row;
        }
        if (request.sweep()) {
            nothingOverlooked(request, known, taken, last);
        }
    }

    private void nothingOverlooked(
            ClaimRequest request, List<Waiting> known, List<Long> taken, @Nullable Waiting last) {
        var left = known.stream().filter(row -> !taken.contains(row.jobId())).toList();
        for (var row : left) {
            boolean skipped = isAlone(row) && taken.size() > 1;
            if (last != null && isBefore(row, last) && !skipped) {
                throw new AssertionError("%s was overlooked, %s taken".formatted(row, last));
            }
        }
        boolean alone = last != null && isAlone(last);
        if (taken.size() < model.room(request) && !left.isEmpty() && !alone) {
            assertThat(taken).as("taken while jobs wait").isNotEmpty();
            assertThat(left.stream().filter(row -> !isBefore(left.getFirst(), row)))
                    .as("why the claim took no more")
                    .anyMatch(AnswerCheck::isAlone);
        }
    }

    private static boolean isAlone(Waiting row) {
        return row.rescues() >= ClaimedJob.ALONE_FROM_RESCUES;
    }

    private boolean isBefore(Waiting one, Waiting other) {
        return one.priority() != other.priority()
                ? one.priority() > other.priority()
                : group(one) < group(other);
    }

    private long group(Waiting row) {
        return groups.getOrDefault(row.jobId(), row.entry());
    }

    /** A snapshot with the model's worker ids, without what the contract leaves open. */
    JobSnapshot translated(JobSnapshot job, LongUnaryOperator workerId) {
        return new JobSnapshot(
                job.id(),
                job.kind(),
                job.version(),
                job.queue(),
                job.priority(),
                job.payload(),
                job.tags(),
                job.attempt(),
                job.maxAttempts(),
                job.createdAt(),
                switch (job.state()) {
                    case JobState.Running(long worker, Instant at) ->
                            new JobState.Running(workerId.applyAsLong(worker), at);
                    case JobState.Scheduled(Instant runAt, boolean backingOff) ->
                            new JobState.Scheduled(runAt, false);
                    case JobState other -> other;
                },
                job.terms(),
                job.attempts().stream().map(a -> translated(a, workerId)).toList());
    }

    /**
     * How a rescue and an expiry are worded, and whether one rescue too many is called discarded,
     * is the store's.
     */
    private static Attempt translated(Attempt attempt, LongUnaryOperator workerId) {
        var error = attempt.end() == Attempt.End.EXPIRED ? null : attempt.error();
        boolean rescued =
                attempt.end() == Attempt.End.RESCUED
                        || (attempt.end() == Attempt.End.DISCARDED
                                && error != null
                                && !error.message().equals("never"));
        return new Attempt(
                attempt.number(),
                workerId.applyAsLong(attempt.worker()),
                rescued ? Instant.EPOCH : attempt.startedAt(),
                attempt.endedAt(),
                rescued ? Attempt.End.RESCUED : attempt.end(),
                rescued ? null : error,
                attempt.result());
    }

    /** A queue without the age of its oldest job. */
    static QueueSnapshot withoutAge(QueueSnapshot queue) {
        return new QueueSnapshot(
                queue.queue(),
                queue.available(),
                queue.scheduled(),
                queue.running(),
                queue.discarded(),
                queue.oldestAvailable() == null ? null : Instant.EPOCH,
                queue.control());
    }

    /** The ids of a whole list, page by page. */
    List<Long> ids(JobStore store, JobFilter filter, int limit) {
        var ids = new ArrayList<Long>();
        String cursor = null;
        do {
            var page = store.list(filter, limit, cursor);
            page.items().forEach(job -> ids.add(job.id()));
            cursor = page.next();
        } while (cursor != null);
        return ids;
    }
}
