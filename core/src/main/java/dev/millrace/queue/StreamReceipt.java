package dev.millrace.queue;

import dev.millrace.job.MillraceException;

/**
 * What became of a stream of jobs.
 *
 * @param accepted jobs that are in the store now, those in the place of others included
 * @param duplicates jobs not accepted because another holds a key of theirs
 * @param refused jobs not accepted because their idempotency key came before with another request
 */
public record StreamReceipt(long accepted, long duplicates, long refused) {
    /** Nothing yet. */
    static final StreamReceipt NONE = new StreamReceipt(0, 0, 0);

    /** Hears of the refused jobs of a stream, on the thread that sends it. */
    @FunctionalInterface
    public interface Refusals {
        /**
         * One job was refused.
         *
         * @param index its place in the stream, from 0; at most 20,000 further jobs were read
         *     meanwhile
         * @param why with {@code idempotency-conflict}
         */
        void refused(long index, MillraceException why);
    }

    StreamReceipt plus(StreamReceipt more) {
        return new StreamReceipt(
                accepted + more.accepted, duplicates + more.duplicates, refused + more.refused);
    }
}
