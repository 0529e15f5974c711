package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a job has left behind while it ran, as it stood when it was looked at.
 *
 * @param progress how far it has come, if it said so
 * @param checkpoint where it resumes, if it left one
 * @param steps those it has done, in order, at most the first 1000
 * @param log its newest lines, oldest first
 * @param stack what its thread did when somebody last asked or the watchdog looked
 * @param waitsFor the signal it waits for, if it does
 */
public record JobReport(
        @Nullable Progress progress,
        @Nullable Checkpoint checkpoint,
        List<StepRecord> steps,
        List<LogLine> log,
        @Nullable StackNote stack,
        @Nullable String waitsFor) {
    /** Of a job that never reported anything. */
    public static final JobReport NONE =
            new JobReport(null, null, List.of(), List.of(), null, null);

    /** Copies the lists. */
    public JobReport {
        steps = List.copyOf(steps);
        log = List.copyOf(log);
    }
}
