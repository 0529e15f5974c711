package dev.millrace.admin;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.Names;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Finds jobs by a {@link JobQuery}, a page at a time. A page looks at a bounded number of jobs and
 * says at how many, so that it may be empty and yet have a page after it. Thread-safe.
 */
public final class JobSearch {
    private static final int LONGEST_ID = 18;
    private static final String SIGNS = "._:/-";

    private final JobStore store;
    private final Clock clock;

    /** A search in a store. */
    public JobSearch(JobStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * A page of what is found, in the order of {@link JobStore#list}; a word without qualifier
     * finds at most two jobs, with a look or two by key.
     *
     * @param limit 1 to 1000
     * @param cursor {@link JobPage#next} of the page before; {@code null} for the first
     */
    public JobPage page(JobQuery query, int limit, @Nullable String cursor) {
        String word = query.word();
        if (word == null) {
            return store.list(query.filter(), limit, cursor);
        }
        var ids = new LinkedHashSet<Long>();
        if (isId(word)) {
            ids.add(Long.parseLong(word));
        }
        if (isKey(word)) {
            store.holder(word, clock.instant()).ifPresent(ids::add);
        }
        var found = new ArrayList<JobSnapshot>();
        for (long id : ids) {
            store.find(id).filter(job -> fits(query.filter(), job)).ifPresent(found::add);
        }
        return new JobPage(
                List.copyOf(found.subList(0, Math.min(limit, found.size()))), null, ids.size());
    }

    /** What no job can hold is not asked for: stores need not take every text. */
    private static boolean isKey(String word) {
        return word.length() <= Names.MAX_LENGTH
                && word.chars()
                        .allMatch(c ->
                                c < 128 && (Character.isLetterOrDigit(c) || SIGNS.indexOf(c) >= 0));
    }

    private static boolean isId(String word) {
        return word.length() <= LONGEST_ID && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean fits(JobFilter filter, JobSnapshot job) {
        return (filter.state() == null || filter.state() == job.state().name())
                && filter.passes(job.queue(), job.kind())
                && filter.fits(job.payload(), job.tags(), job.terms());
    }
}
