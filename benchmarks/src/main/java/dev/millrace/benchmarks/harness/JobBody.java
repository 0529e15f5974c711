package dev.millrace.benchmarks.harness;

/** What a job does; called on whichever thread the contender runs its jobs on. */
@FunctionalInterface
public interface JobBody {
    /**
     * Runs one job.
     *
     * @param number the number the job was enqueued with
     */
    void run(long number) throws InterruptedException;
}
