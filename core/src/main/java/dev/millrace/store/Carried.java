package dev.millrace.store;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.StepRecord;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What earlier attempts of a job left for the next one.
 *
 * @param checkpoint where to resume; {@code null} when none was left
 * @param steps all that are done, by place
 * @param signals all that were ever sent to it, in the order of their arrival
 */
public record Carried(
        @Nullable Checkpoint checkpoint, List<StepRecord> steps, List<Signal> signals) {
    /** Of a job that left nothing. */
    public static final Carried NOTHING = new Carried(null, List.of(), List.of());

    /** The most signals that one job may be sent. */
    public static final int MAX_SIGNALS = 1_000;

    /**
     * A signal that was sent to a job.
     *
     * @param name its name
     * @param payload JSON text
     */
    public record Signal(String name, String payload) {}

    /** Copies the lists. */
    public Carried {
        steps = List.copyOf(steps);
        signals = List.copyOf(signals);
    }
}
