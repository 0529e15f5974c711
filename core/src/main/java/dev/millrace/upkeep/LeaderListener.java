package dev.millrace.upkeep;

/** Hears when this process begins and ceases to lead. Called one at a time; must be quick. */
public interface LeaderListener {
    /**
     * This process leads.
     *
     * @param epoch larger than that of every leader before: whoever is written to can refuse what
     *     comes with a smaller one
     */
    void leads(long epoch);

    /** It does not any more: it was stopped, or stood still, or the store did not answer. */
    void ceased();
}
