package dev.millrace.store;

/**
 * One step of clearing away a dead worker.
 *
 * @param outcome whether the worker was dead and whether anything is left to do
 * @param returned jobs made available again
 * @param discarded jobs discarded because too many workers died with them
 */
public record RescueAnswer(Outcome outcome, int returned, int discarded) {
    /** How far it got. */
    public enum Outcome {
        /** The worker's beat had moved: it lives, nothing was touched. */
        ALIVE,
        /** More of its jobs remain: call again. */
        MORE,
        /** Nothing is left of it. */
        CLEARED
    }
}
