package dev.millrace.testkit.model;

/**
 * What workers do on their own account to keep the invariants.
 *
 * @param beatsBeforeStarting a worker starts a job only when its last beat was answered less than a
 *     lease ago; otherwise it beats first. Without it a worker that stood still, claimed anew and
 *     did not beat yet can be declared dead while it runs what it claimed.
 */
public record Habits(boolean beatsBeforeStarting) {
    /** All of them. */
    public static Habits good() {
        return new Habits(true);
    }
}
