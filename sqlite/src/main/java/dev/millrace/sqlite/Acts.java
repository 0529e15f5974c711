package dev.millrace.sqlite;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.sqlite.SqliteWriter.Operation;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** What people do to many jobs at once, in transactions that are short enough to let others in. */
final class Acts {
    private static final int MOST_JOBS = 10_000;
    private static final int PART = 500;

    private final SqliteWriter writer;

    Acts(SqliteWriter writer) {
        this.writer = writer;
    }

    Map<Long, JobState.Name> delete(Collection<Long> jobIds) {
        requireFew("delete", jobIds);
        var found = new TreeMap<Long, JobState.Name>();
        var left = List.copyOf(new TreeSet<>(jobIds));
        while (!left.isEmpty()) {
            var part = left.subList(0, Math.min(PART, left.size()));
            var done = writer.run("delete", new Remove(part));
            found.putAll(done.found());
            left = left.subList(done.looked(), left.size());
        }
        return found;
    }

    /** In transactions that are short enough to let others in. */
    Map<Long, JobState.Name> inParts(
            String what,
            Collection<Long> jobIds,
            Function<List<Long>, Operation<Map<Long, JobState.Name>>> operation) {
        requireFew(what, jobIds);
        var all = List.copyOf(jobIds);
        var found = new TreeMap<Long, JobState.Name>();
        for (int done = 0; done < all.size(); done += PART) {
            var part = all.subList(done, Math.min(done + PART, all.size()));
            found.putAll(writer.run(what, operation.apply(part)));
        }
        return found;
    }

    private static void requireFew(String what, Collection<Long> jobIds) {
        if (jobIds.size() > MOST_JOBS) {
            throw MillraceException.invalid(
                    "%s takes at most %d jobs at once, got %d; nothing was done"
                            .formatted(what, MOST_JOBS, jobIds.size()));
        }
    }
}
