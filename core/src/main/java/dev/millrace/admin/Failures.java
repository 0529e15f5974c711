package dev.millrace.admin;

import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Discarded jobs by what went wrong. Jobs of one kind whose errors have the same type and the same
 * message but for its numbers are one group.
 *
 * @param looked discarded jobs looked at, those accepted last first
 * @param more whether there are more discarded jobs, or more groups
 * @param groups the largest first
 */
public record Failures(int looked, boolean more, List<Group> groups) {
    /** The most groups answered. */
    public static final int MOST_GROUPS = 200;

    /** The ids of a group that are answered where nobody asks for more. */
    public static final int FEW_JOBS = 5;

    /** Numbers, and the like of hashes and UUIDs: eight hexadecimal digits or more. */
    private static final Pattern NUMBERS = Pattern.compile("(?:[0-9a-fA-F]{8,}|[0-9])[0-9]*");

    /**
     * Jobs that failed in the same way.
     *
     * @param kind what they do
     * @param type of the error
     * @param message of the newest
     * @param count how many of those looked at
     * @param newestAt when the last of them was set aside
     * @param jobs the ids of a few, those accepted last
     */
    public record Group(
            String kind,
            String type,
            String message,
            int count,
            Instant newestAt,
            List<Long> jobs) {
        /** Copies the ids. */
        public Group {
            jobs = List.copyOf(jobs);
        }
    }

    /** Copies the groups. */
    public Failures {
        groups = List.copyOf(groups);
    }

    private record Key(String kind, String type, String message) {}

    /** Those that {@link #look(JobStore, String, String, int, int, Set)} finds in every queue. */
    public static Failures look(
            JobStore store, @Nullable String queue, @Nullable String kind, int limit) {
        return look(store, queue, kind, limit, FEW_JOBS, null);
    }

    /**
     * Looks at the {@value DiscardedJob#MOST} discarded jobs accepted last.
     *
     * @param queue only of this queue; {@code null} for all
     * @param kind only of this kind; {@code null} for all
     * @param limit the most groups, 1 to {@value #MOST_GROUPS}
     * @param ids the most of each group, 0 and up
     * @param among which queues count, {@code null} for all; jobs of others are not looked at
     */
    public static Failures look(
            JobStore store,
            @Nullable String queue,
            @Nullable String kind,
            int limit,
            int ids,
            @Nullable Set<String> among) {
        JobFilter filter = JobFilter.all().in(queue, kind).among(among);
        List<DiscardedJob> jobs = store.discarded(filter, DiscardedJob.MOST);
        var byKey = new LinkedHashMap<Key, List<DiscardedJob>>();
        for (DiscardedJob job : jobs) {
            var key = new Key(job.kind(), job.errorType(), likeness(job.errorMessage()));
            byKey.computeIfAbsent(key, k -> new ArrayList<>()).add(job);
        }
        var groups =
                byKey.values().stream()
                        .map(same -> group(same, ids))
                        .sorted(
                                Comparator.comparingInt(Group::count)
                                        .thenComparing(Group::newestAt)
                                        .reversed())
                        .toList();
        boolean cut = groups.size() > limit;
        return new Failures(
                jobs.size(),
                cut || jobs.size() == DiscardedJob.MOST,
                cut ? groups.subList(0, limit) : groups);
    }

    private static String likeness(String message) {
        return NUMBERS.matcher(message).replaceAll("0");
    }

    private static Group group(List<DiscardedJob> same, int ids) {
        DiscardedJob newest =
                same.stream().max(Comparator.comparing(DiscardedJob::at)).orElseThrow();
        return new Group(
                newest.kind(),
                newest.errorType(),
                newest.errorMessage(),
                same.size(),
                newest.at(),
                same.stream().limit(ids).map(DiscardedJob::id).toList());
    }
}
