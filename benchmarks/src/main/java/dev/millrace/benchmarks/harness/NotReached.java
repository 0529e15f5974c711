package dev.millrace.benchmarks.harness;

/** What was waited for did not come in the time given: a result of its own, not a fault. */
public final class NotReached extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * @param what what was reached instead, such as {@code not within 60 s}
     */
    public NotReached(String what) {
        super(what);
    }
}
