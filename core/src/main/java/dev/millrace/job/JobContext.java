package dev.millrace.job;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What a handler knows of the job it runs. Safe for use by any thread of the handler. */
public interface JobContext {
    /** The job's id, unique in its store for ever. */
    long id();

    /** The kind of work. */
    String kind();

    /** The queue it waited in. */
    String queue();

    /** The attempt under way; 1 is the first. Rescues and snoozes repeat a number. */
    int attempt();

    /** The attempts this job has in all. */
    int maxAttempts();

    /** Its tags, in the order given. */
    List<String> tags();

    /** When it was enqueued. */
    Instant createdAt();

    /** The named keys it carries, such as {@code tenant}. */
    Map<String, String> keys();

    /** Whether somebody asked to cancel it: the handler was interrupted and should end soon. */
    boolean isCancelled();

    /**
     * Whether the claim is still this worker's. Once false it stays false: another worker may be
     * running the job, and whatever this attempt reports is refused.
     */
    boolean isHeld();

    /** Answer of a handler whose work is no longer wanted. */
    default Outcome skip(String reason) {
        return new Outcome.Skipped(reason);
    }

    /** Answer of a handler that wants to be called again later without spending the attempt. */
    default Outcome snooze(Duration delay, String reason) {
        return new Outcome.Snoozed(delay, reason);
    }

    /** Answer of a handler that knows the work can never succeed. */
    default Outcome discard(String reason) {
        return new Outcome.Discarded(reason);
    }
}
