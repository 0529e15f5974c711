package dev.millrace.store;

/**
 * What became of one job with keys.
 *
 * @param jobId the job accepted; for {@link How#DUPLICATE} the one that holds the key, for {@link
 *     How#CONFLICT} the one that the idempotency key stands for
 * @param how what happened
 */
public record Accepted(long jobId, How how) {
    /** What happened. */
    public enum How {
        /** It was accepted; no other held its keys, or one that runs went on without. */
        NEW,
        /** It was accepted in the place of a waiting one, which was cancelled. */
        REPLACED,
        /** Another job holds a key of it: it was not accepted. */
        DUPLICATE,
        /** Its idempotency key came before with another fingerprint: it was not accepted. */
        CONFLICT
    }
}
