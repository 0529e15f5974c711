package dev.millrace.job;

import org.jspecify.annotations.Nullable;

/**
 * A failure that no further try can mend, such as an answer that says the request is wrong. Inside
 * {@link Retries}, a step or a walk nothing is tried again; out of a handler it has the job
 * discarded, unless the task's verdicts say otherwise. The counterpart of {@link RetryLater}.
 */
public final class RetryNever extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure for good.
     *
     * @param message what was expected, what was got
     * @param cause what led to it, if anything
     */
    public RetryNever(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
