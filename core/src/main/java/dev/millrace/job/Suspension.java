package dev.millrace.job;

/**
 * Unwinds a handler whose job sleeps, waits for a signal or yields its slot: the engine throws it
 * out of {@link JobContext}'s methods and catches it again. Handlers must let it pass; one that
 * swallows it is suspended all the same once it returns. It carries no stack and is not a failure.
 */
public final class Suspension extends Error {
    private static final long serialVersionUID = 1L;

    /** For the engine. */
    public Suspension(String why) {
        super(why, null, false, false);
    }
}
