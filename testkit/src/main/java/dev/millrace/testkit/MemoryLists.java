package dev.millrace.testkit;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;
import dev.millrace.store.NewJob;
import dev.millrace.store.QueueControl;
import dev.millrace.store.QueueKind;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.testkit.MemoryState.Aside;
import dev.millrace.testkit.MemoryState.Due;
import dev.millrace.testkit.MemoryState.Taken;
import dev.millrace.testkit.MemoryState.Waiting;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/** Looking at a {@link MemoryState}; the caller holds its lock. */
final class MemoryLists {
    private static final int ATTEMPTS_SHOWN = 100;

    private final MemoryState state;

    MemoryLists(MemoryState state) {
        this.state = state;
    }

    /** The available jobs of a queue that a worker with these kinds can run, in their order. */
    Stream<Waiting> waitingIn(String queue, Set<KindVersion> kinds) {
        var first = new Waiting(queue, Integer.MAX_VALUE, 0, 0, 0, 0);
        return state.waiting.tailSet(first).stream()
                .takeWhile(row -> row.queue().equals(queue))
                .filter(state::isClaimable)
                .filter(row -> {
                    var body = state.body(row.jobId());
                    return kinds.contains(new KindVersion(body.kind(), body.version()));
                });
    }

    JobState stateOf(long jobId) {
        return switch (state.spots.get(jobId)) {
            case Waiting row -> new JobState.Available();
            case Due row -> new JobState.Scheduled(row.runAt(), isBackingOff(jobId));
            case Taken row -> new JobState.Running(row.workerId(), row.claimedAt());
            case Aside row -> new JobState.Discarded(row.at());
            case null -> finished(state.pastOf(jobId).getLast().attempt());
        };
    }

    private boolean isBackingOff(long jobId) {
        var past = state.pastOf(jobId);
        return !past.isEmpty() && past.getLast().attempt().end() == Attempt.End.FAILED;
    }

    private static JobState finished(Attempt last) {
        return switch (last.end()) {
            case COMPLETED -> new JobState.Completed(last.endedAt(), false, last.result());
            case SKIPPED -> new JobState.Completed(last.endedAt(), true, last.result());
            case CANCELLED -> new JobState.Cancelled(last.endedAt());
            case EXPIRED -> new JobState.Expired(last.endedAt());
            case FAILED, DISCARDED, SNOOZED, RESCUED, INTERRUPTED, SLEPT, WAITED, YIELDED ->
                    throw new IllegalStateException("a job without position ended as " + last);
        };
    }

    JobSnapshot snapshot(long jobId, boolean withAttempts) {
        var body = state.body(jobId);
        var past = state.pastOf(jobId);
        var spot = state.spots.get(jobId);
        var shown = past.subList(Math.max(0, past.size() - ATTEMPTS_SHOWN), past.size());
        return new JobSnapshot(
                jobId,
                body.kind(),
                body.version(),
                body.queue(),
                body.priority(),
                body.payload(),
                body.tags(),
                spot == null ? past.getLast().attempt().number() : spot.attempt(),
                body.maxAttempts(),
                body.createdAt(),
                stateOf(jobId),
                body.terms(),
                withAttempts ? shown.stream().map(MemoryState.Past::attempt).toList() : List.of());
    }

    JobPage page(JobFilter filter, int limit, @Nullable String cursor) {
        var page = ids(filter, limit, cursor);
        return new JobPage(
                page.ids().stream().map(id -> snapshot(id, false)).toList(),
                page.next(),
                state.bodies.size());
    }

    JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        var after = cursor == null ? null : Key.parse(cursor);
        var rows =
                state.bodies.values().stream()
                        .filter(body -> matches(filter, body))
                        .map(body -> key(filter, body))
                        .filter(key -> after == null || key.compareTo(after) > 0)
                        .sorted()
                        .limit(limit + 1L)
                        .toList();
        var ids = rows.stream().limit(limit).map(Key::jobId).toList();
        return new JobIdPage(ids, rows.size() > limit ? rows.get(limit - 1).text() : null);
    }

    private boolean matches(JobFilter filter, NewJob body) {
        return (filter.state() == null || filter.state() == stateOf(body.id()).name())
                && (filter.queue() == null || filter.queue().equals(body.queue()))
                && (filter.kind() == null || filter.kind().equals(body.kind()))
                && filter.fits(body.payload(), body.tags(), body.terms());
    }

    private Key key(JobFilter filter, NewJob body) {
        long id = body.id();
        if (filter.state() == JobState.Name.AVAILABLE
                && state.spots.get(id) instanceof Waiting row) {
            return new Key(-row.priority(), row.entry(), id);
        }
        if (filter.state() == JobState.Name.SCHEDULED && state.spots.get(id) instanceof Due row) {
            return new Key(ChronoUnit.MICROS.between(Instant.EPOCH, row.runAt()), 0, id);
        }
        return new Key(-id, 0, id);
    }

    List<QueueKind> kinds() {
        return state.bodies.values().stream()
                .map(body -> new QueueKind(body.queue(), body.kind(), body.version()))
                .distinct()
                .sorted(
                        Comparator.comparing(QueueKind::queue)
                                .thenComparing(QueueKind::kind)
                                .thenComparingInt(QueueKind::version))
                .toList();
    }

    List<DiscardedJob> discarded(@Nullable String queue, @Nullable String kind, int max) {
        return state.bodies.values().stream()
                .sorted(Comparator.comparingLong(NewJob::id).reversed())
                .filter(body -> queue == null || queue.equals(body.queue()))
                .filter(body -> kind == null || kind.equals(body.kind()))
                .filter(body -> state.spots.get(body.id()) instanceof Aside)
                .limit(max)
                .map(this::discarded)
                .toList();
    }

    private DiscardedJob discarded(NewJob body) {
        var past = state.pastOf(body.id());
        var error = past.isEmpty() ? null : past.getLast().attempt().error();
        return new DiscardedJob(
                body.id(),
                body.queue(),
                body.kind(),
                ((JobState.Discarded) stateOf(body.id())).at(),
                error == null ? DiscardedJob.UNKNOWN : error.type(),
                error == null ? "" : error.message());
    }

    QueueSnapshot queue(String name) {
        var oldest =
                state.waiting.stream()
                        .filter(row -> row.queue().equals(name) && row.line() <= 0)
                        .map(row -> state.body(row.jobId()).createdAt())
                        .min(Comparator.naturalOrder());
        return new QueueSnapshot(
                name,
                (int)
                        state.waiting.stream()
                                .filter(row -> row.queue().equals(name) && row.line() <= 0)
                                .limit(QueueSnapshot.COUNT_BOUND)
                                .count(),
                count(name, Due.class),
                count(name, Taken.class),
                count(name, Aside.class),
                oldest.orElse(null),
                state.controls.getOrDefault(name, QueueControl.NONE),
                (int)
                        state.waiting.stream()
                                .filter(row -> row.queue().equals(name) && row.line() > 0)
                                .limit(QueueSnapshot.COUNT_BOUND)
                                .count());
    }

    Map<String, Integer> due(Instant now) {
        var found = new TreeMap<String, Integer>();
        state.due.stream()
                .takeWhile(row -> !row.runAt().isAfter(now))
                .limit(QueueSnapshot.COUNT_BOUND)
                .forEach(row -> found.merge(state.body(row.jobId()).queue(), 1, Integer::sum));
        return found;
    }

    private int count(String queue, Class<? extends MemoryState.Spot> where) {
        return (int)
                state.spots.values().stream()
                        .filter(where::isInstance)
                        .filter(spot -> state.body(spot.jobId()).queue().equals(queue))
                        .limit(QueueSnapshot.COUNT_BOUND)
                        .count();
    }

    /** See {@link MemoryStore#outline}. */
    String outline(LongFunction<Integer> claimNames) {
        var text = new StringBuilder();
        for (long id : state.bodies.keySet()) {
            text.append(id);
            switch (state.spots.get(id)) {
                case Waiting row -> {
                    int ahead = state.waiting.headSet(row).size();
                    text.append('A').append(ahead).append('.').append(row.attempt());
                    text.append('.').append(row.rescues());
                }
                case Due row -> {
                    text.append(row.signal() == null ? 'S' : 'W').append(row.attempt());
                    text.append('.').append(row.rescues());
                }
                case Taken row -> {
                    text.append('R').append(row.workerId()).append('.');
                    text.append(claimNames.apply(row.claimId())).append('.').append(row.attempt());
                    text.append('.').append(row.rescues());
                }
                case Aside row -> text.append('D').append(row.attempt());
                case null -> text.append('E');
            }
            text.append(state.cancelRequests.containsKey(id) ? "!" : "");
            text.append(state.notesOf(id).outline()).append(' ');
        }
        for (var worker : state.workers.values()) {
            text.append('w').append(worker.id()).append(worker.lock().name().charAt(0));
            text.append(worker.dead() ? "x" : "");
        }
        return text.toString();
    }

    /** Where a row stands in a list. */
    private record Key(long major, long minor, long jobId) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparingLong(Key::major)
                        .thenComparingLong(Key::minor)
                        .thenComparingLong(Key::jobId);

        static Key parse(String cursor) {
            var parts = List.of(cursor.split("\\.", -1));
            try {
                return new Key(
                        Long.parseLong(parts.get(0)),
                        Long.parseLong(parts.get(1)),
                        Long.parseLong(parts.get(2)));
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new MillraceException(
                        MillraceException.Code.INVALID_INPUT,
                        "a cursor must be one that a page gave as its next, got '%s'"
                                .formatted(cursor),
                        e);
            }
        }

        String text() {
            return major + "." + minor + "." + jobId;
        }

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }
}
