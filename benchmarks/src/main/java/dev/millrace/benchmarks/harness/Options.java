package dev.millrace.benchmarks.harness;

/**
 * The sizes of a run.
 *
 * @param runs how often each contender runs each scenario, taking turns
 * @param jobs jobs per drain or bulk, before a contender's {@linkplain Contender#share share}
 * @param seconds how long each enqueue scenario is measured
 * @param backlog jobs lying in the store in the backlog scenarios
 * @param sleepers jobs asleep at once in the sleepers scenario
 * @param samples jobs enqueued one by one in the pickup scenarios
 * @param recoverySeconds how long recovery is waited for
 */
public record Options(
        int runs,
        int jobs,
        int seconds,
        int backlog,
        int sleepers,
        int samples,
        int recoverySeconds) {
    /** The sizes of the published figures. */
    public static final Options DEFAULT = new Options(3, 100_000, 5, 1_000_000, 100_000, 300, 60);

    public Options {
        for (var size : new int[] {runs, jobs, seconds, backlog, sleepers, samples}) {
            if (size < 1) {
                throw new IllegalArgumentException("expected sizes of at least 1, got " + size);
            }
        }
    }
}
