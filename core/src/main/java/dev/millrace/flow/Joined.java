package dev.millrace.flow;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.store.BatchMember;
import dev.millrace.store.JobStore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the parts of an item came to that reached a join: the results of the step before it. Parts
 * that were skipped, rejected or cancelled on their way are not among them.
 *
 * @param <T> a result
 */
public final class Joined<T> {
    private static final int PAGE = 500;

    private final JobStore store;
    private final Json json;
    private final long item;
    private final String kind;
    private final Class<T> type;

    Joined(JobStore store, Json json, long item, String kind, Class<T> type) {
        this.store = store;
        this.json = json;
        this.item = item;
        this.kind = kind;
        this.type = type;
    }

    /** Does something with a result. */
    @FunctionalInterface
    public interface Each<T> {
        /** Does it. */
        void accept(T result) throws Exception;
    }

    /** Goes through all results, by a look for each; holds a page of ids. */
    public void forEach(Each<? super T> each) throws Exception {
        long after = 0;
        List<BatchMember> page;
        do {
            page = store.batches().members(item, BatchMember.State.COMPLETED, after, PAGE);
            for (BatchMember member : page) {
                after = member.id();
                Optional<T> result = store.find(member.id()).flatMap(this::result);
                if (result.isPresent()) {
                    each.accept(result.get());
                }
            }
        } while (page.size() == PAGE);
    }

    /** All results; they must fit in memory. */
    public List<T> all() throws Exception {
        var all = new ArrayList<T>();
        forEach(all::add);
        return all;
    }

    private Optional<T> result(JobSnapshot job) {
        return job.kind().equals(kind)
                        && job.state() instanceof JobState.Completed done
                        && done.result() != null
                ? Optional.of(json.read("result of job " + job.id(), done.result(), type))
                : Optional.empty();
    }
}
