package dev.millrace.benchmarks.harness;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A job system, or a bare loop that marks a limit. It carries no state of its own: every run opens
 * a {@link Session} on an empty {@link Place}, possibly in another process, where the contender is
 * found again by its name.
 */
public interface Contender {
    /** The name on the command line and in the report, such as {@code db-scheduler}. */
    String name();

    /** Version and settings in one line, so that a reader can judge whether they are the best. */
    String settings();

    /** Where it keeps its jobs. */
    Engine engine();

    /** What it can do; scenarios that need more are reported as not offered. */
    Set<Offer> offers();

    /** Why something is not offered, by offer; those left out are simply not offered. */
    default Map<Offer, String> reasons() {
        return Map.of();
    }

    /**
     * How many of {@code jobs} a drain or a bulk gives this contender. A slow one is given fewer so
     * that a run ends in minutes; rates are per job, so this helps it if anything.
     */
    default int share(int jobs) {
        return jobs;
    }

    /**
     * The arguments with which the program of this distribution serves a place over HTTP on a free
     * port and says on one line of JSON which; for those who offer {@link Offer#HTTP}.
     */
    default List<String> httpServer(Place place) {
        throw new UnsupportedOperationException(name() + " serves no HTTP");
    }

    /** The number of slots this contender drains no-op jobs with; stated in {@link #settings}. */
    int drainSlots();

    /** Creates the schema in an empty place. Called once per place, before any session. */
    void prepare(Place place) throws Exception;

    /**
     * Connects to a prepared place.
     *
     * @param callers how many threads will enqueue at once
     */
    Session open(Place place, int callers) throws Exception;
}
