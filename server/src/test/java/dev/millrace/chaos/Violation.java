package dev.millrace.chaos;

/**
 * A promise that was not kept.
 *
 * @param rule which
 * @param job whose story shows it; 0 when no job's does
 * @param text what was expected, what was found
 */
record Violation(Rule rule, long job, String text) {
    /** What is proved after every round. */
    enum Rule {
        /** Every accepted job is there and has ended, by completing. */
        LOST,
        /** A job has exactly one final outcome, the last row of its history. */
        ENDED_TWICE,
        /** A request makes at most one job, and nothing else makes any. */
        MADE_TWICE,
        /** Nothing is recorded for a claim that was taken away, nor by who never ran the job. */
        FENCE,
        /** Deaths of workers, deploys and frozen processes spend no attempt. */
        SPENT,
        /** A job never runs twice at once in processes that know what they do. */
        OVERLAP,
        /** A checkpoint that was kept is never gone back behind. */
        CHECKPOINT,
        /** A step that answered is never done again. */
        STEP,
        /** What a handler's own transaction wrote with a checkpoint or the end is there once. */
        EFFECT,
        /** Two live jobs never hold one unique key. */
        UNIQUE,
        /** Never more jobs of a limited queue run than its limit. */
        LIMIT,
        /** Who is neither frozen nor cut off is never held for dead. */
        ROBBED,
        /** A worker process ends only when it is told to. */
        DIED
    }
}
