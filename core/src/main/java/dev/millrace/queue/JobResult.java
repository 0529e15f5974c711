package dev.millrace.queue;

import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;

import java.util.Optional;

/** How a job ended. Immutable. */
public final class JobResult {
    private final long jobId;
    private final JobState state;
    private final Json json;

    JobResult(long jobId, JobState state, Json json) {
        this.jobId = jobId;
        this.state = state;
        this.json = json;
    }

    /** The final state: completed, discarded, cancelled or expired. */
    public JobState state() {
        return state;
    }

    /** Whether the job completed, skipped included. */
    public boolean isCompleted() {
        return state instanceof JobState.Completed;
    }

    /** The result as JSON text; empty when the job has none. */
    public Optional<String> json() {
        return state instanceof JobState.Completed done
                ? Optional.ofNullable(done.result())
                : Optional.empty();
    }

    /**
     * The result as the given type.
     *
     * @throws MillraceException with {@code invalid-input} when the job did not complete, has no
     *     result, or one that does not fit the type
     */
    public <T> T as(Class<T> type) {
        String text =
                json().orElseThrow(() ->
                        MillraceException.invalid(
                                "job %d must have a result to be read, got %s"
                                        .formatted(jobId, describe())));
        return json.read("result of job " + jobId, text, type);
    }

    private String describe() {
        return isCompleted() ? "completed without one" : state.name().text();
    }

    @Override
    public String toString() {
        return "job " + jobId + " " + state;
    }
}
