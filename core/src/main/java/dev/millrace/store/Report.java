package dev.millrace.store;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a running attempt has to say since it last reported. Reporting the same again changes
 * nothing, so that a report whose answer was lost may be repeated.
 *
 * @param jobId the job
 * @param claimId the claim that took it
 * @param workerId the worker that runs it
 * @param progress replaces the one before, unless that is newer; {@code null} for no change
 * @param checkpoint replaces the one before if its number is larger; {@code null} for no change
 * @param steps done since; a step recorded before, by name, stays as it is
 * @param log lines since; {@code null} for none
 * @param stack asked for, or taken by the watchdog; {@code null} for none
 */
public record Report(
        long jobId,
        long claimId,
        long workerId,
        @Nullable Progress progress,
        @Nullable Checkpoint checkpoint,
        List<StepRecord> steps,
        @Nullable LogChunk log,
        @Nullable StackNote stack) {

    /** The most lines of one report. */
    public static final int MAX_LINES = 1_000;

    /**
     * Some lines of a job's log.
     *
     * @param number larger than that of any chunk of this job before, see {@link
     *     ReportStore#lastChunks}; clocks do not come into it. A chunk with a number that is there
     *     already is left as it is
     * @param lines at least one, at most {@value Report#MAX_LINES}
     */
    public record LogChunk(long number, List<LogLine> lines) {
        /** Copies the lines. */
        public LogChunk {
            lines = List.copyOf(lines);
        }
    }

    /** Copies the steps. */
    public Report {
        steps = List.copyOf(steps);
    }
}
