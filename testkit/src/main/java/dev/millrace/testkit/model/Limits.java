package dev.millrace.testkit.model;

/**
 * How much may happen in one world. Every number multiplies the states to be visited.
 *
 * @param jobs jobs ever enqueued
 * @param processes worker processes; each may be started again after it died
 * @param lostAnswers calls that take effect without their answer arriving
 * @param deaths processes killed
 * @param freezes processes frozen for longer than a lease
 * @param failures attempts that fail and are tried again
 * @param returns unstarted jobs given back
 * @param deeds what handlers do besides
 */
public record Limits(
        int jobs,
        int processes,
        int lostAnswers,
        int deaths,
        int freezes,
        int failures,
        int returns,
        Deeds deeds) {

    /**
     * What handlers do and what is done to running jobs.
     *
     * @param checkpoints left, in all
     * @param cancels jobs asked to be cancelled
     * @param signals sent, each to the first job
     * @param steps whether each job has one step, whose result it uses
     * @param waits whether the first job waits for a signal before it can complete
     * @param commits whether jobs complete in a transaction of their own, together with an effect
     */
    public record Deeds(
            int checkpoints,
            int cancels,
            int signals,
            boolean steps,
            boolean waits,
            boolean commits) {
        /** Nothing besides. */
        public static final Deeds NONE = new Deeds(0, 0, 0, false, false, false);
    }

    /** Handlers that do nothing besides ending. */
    public Limits(
            int jobs,
            int processes,
            int lostAnswers,
            int deaths,
            int freezes,
            int failures,
            int returns) {
        this(jobs, processes, lostAnswers, deaths, freezes, failures, returns, Deeds.NONE);
    }

    /** The same with handlers that do more. */
    public Limits with(Deeds more) {
        return new Limits(jobs, processes, lostAnswers, deaths, freezes, failures, returns, more);
    }
}
