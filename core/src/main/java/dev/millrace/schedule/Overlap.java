package dev.millrace.schedule;

/** What a tick does while the job of the tick before has not ended. */
public enum Overlap {
    /** Its job is enqueued all the same. The default. */
    ALLOW,
    /** It is passed over, and noted as such. */
    SKIP,
    /** Its job is enqueued when that one has ended; further ticks meanwhile are passed over. */
    QUEUE_ONE,
    /**
     * That job is asked to be cancelled and this tick's is enqueued; a handler that does not heed
     * its interrupt may still run beside it.
     */
    CANCEL_PREVIOUS
}
