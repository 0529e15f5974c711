package dev.millrace.testkit.model;

import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;

import org.jspecify.annotations.Nullable;

/**
 * A claimed job in a worker process's memory.
 *
 * @param job what was claimed
 * @param workerId the name under which it was claimed
 * @param started whether its handler was called
 * @param suspect whether the process stood still for a lease since, so that others may have it
 * @param report what was sent without an answer arriving; it is sent again
 * @param course how far its handler has come
 */
record Item(
        ClaimedJob job,
        long workerId,
        boolean started,
        boolean suspect,
        @Nullable Ending report,
        Course course) {

    /** Whether its handler is under way: what it reports last, it reports when that has ended. */
    boolean runs() {
        return started && report == null;
    }

    Item begun(Course begin) {
        return new Item(job, workerId, true, suspect, report, begin);
    }

    Item suspected() {
        return new Item(job, workerId, started, true, report, course);
    }

    Item reported(Ending ending) {
        return new Item(job, workerId, started, suspect, ending, course);
    }

    Item on(Course next) {
        return new Item(job, workerId, started, suspect, report, next);
    }
}
