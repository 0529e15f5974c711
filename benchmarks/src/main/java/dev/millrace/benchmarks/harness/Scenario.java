package dev.millrace.benchmarks.harness;

import java.util.Set;

/** One thing measured. */
public interface Scenario {
    /** The name on the command line and in the report. */
    String name();

    /** What is measured, how, and what the figures mean; one or two sentences. */
    String explains();

    /** What a contender must offer to take part. */
    Set<Offer> needs();

    /**
     * Runs one contender once.
     *
     * @throws Exception when anything went wrong, or when what ran is not what was asked for: a
     *     benchmark that measured nothing fails
     */
    Figures run(Contender contender, Rig rig) throws Exception;
}
