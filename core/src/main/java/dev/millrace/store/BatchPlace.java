package dev.millrace.store;

/**
 * Where a look at members ended.
 *
 * @param batch the batch
 * @param member the member
 */
public record BatchPlace(long batch, long member) {
    /** Before the first. */
    public static final BatchPlace FIRST = new BatchPlace(0, 0);
}
