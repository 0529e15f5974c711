package dev.millrace.testkit.model;

/**
 * What workers do on their own account to keep the invariants.
 *
 * @param beatsBeforeStarting a worker starts a job only when its last beat was answered less than a
 *     lease ago; otherwise it beats first. Without it a worker that stood still, claimed anew and
 *     did not beat yet can be declared dead while it runs what it claimed.
 * @param recordsBeforeUse a step's result is used only when it is known to be recorded. Without it
 *     the next attempt does the step again and uses another result.
 * @param commitsTogether what a handler writes and its completion are one transaction. Without it a
 *     death in between lets the next attempt write again.
 * @param asksWhetherCommitted a worker that does not know how its handler's transaction ended asks
 *     whether the claim is still held before it reports. Without it a job whose transaction was
 *     rolled back is reported as completed.
 */
public record Habits(
        boolean beatsBeforeStarting,
        boolean recordsBeforeUse,
        boolean commitsTogether,
        boolean asksWhetherCommitted) {
    /** All of them. */
    public static Habits good() {
        return new Habits(true, true, true, true);
    }

    /** All but the first. */
    public static Habits startsWithoutABeat() {
        return new Habits(false, true, true, true);
    }

    /** All but the second. */
    public static Habits usesWhatIsNotRecorded() {
        return new Habits(true, false, true, true);
    }

    /** All but the third. */
    public static Habits commitsApart() {
        return new Habits(true, true, false, true);
    }

    /** All but the last. */
    public static Habits believesInItsCommit() {
        return new Habits(true, true, true, false);
    }
}
