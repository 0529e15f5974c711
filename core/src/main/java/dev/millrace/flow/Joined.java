package dev.millrace.flow;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.job.RetryNever;
import dev.millrace.store.BatchMember;
import dev.millrace.store.JobStore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the parts of an item came to that reached a join: the results of the step before it. Parts
 * that were skipped, rejected or cancelled on their way are not among them.
 *
 * @param <T> a result
 */
public final class Joined<T> {
    private static final int PAGE = 500;
    private static final String MANY = "millrace:many";
    private static final String MANY_START = "{\"" + MANY + "\":";

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

    /**
     * Goes through all results, by a look for each; holds a page of ids. A part that became many is
     * as many results.
     *
     * @throws RetryNever when the jobs of some of them are not kept any more, as when somebody has
     *     deleted them
     */
    public void forEach(Each<? super T> each) throws Exception {
        if (store.batches().find(item).isEmpty()) {
            throw gone("the item");
        }
        long after = 0;
        List<BatchMember> page;
        do {
            page = store.batches().members(item, BatchMember.State.COMPLETED, after, PAGE);
            for (BatchMember member : page) {
                after = member.id();
                JobSnapshot job =
                        store.find(member.id()).orElseThrow(() -> gone("job " + member.id()));
                for (T result : results(job)) {
                    each.accept(result);
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

    private RetryNever gone(String what) {
        return new RetryNever(
                "%s must be kept until all parts of item %d are joined, but is gone"
                        .formatted(what, item),
                null);
    }

    private List<T> results(JobSnapshot job) {
        String result = job.state() instanceof JobState.Completed done ? done.result() : null;
        if (!job.kind().equals(kind) || result == null) {
            return List.of();
        }
        String what = "result of job " + job.id();
        return result.startsWith(MANY_START)
                ? List.of(
                        json.read(
                                what,
                                json.members(what, result).getOrDefault(MANY, "[]"),
                                arrayType()))
                : List.of(json.read(what, result, type));
    }

    /** What a step before a join stores that made many of its input. */
    static Map<String, List<?>> many(List<?> values) {
        return Map.of(MANY, values);
    }

    @SuppressWarnings("unchecked")
    private Class<T[]> arrayType() {
        return (Class<T[]>) type.arrayType();
    }
}
