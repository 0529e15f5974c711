package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

/** A request that is answered with a problem. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    /** A refusal. */
    public Refused(Problem problem) {
        this(problem, null);
    }

    /** A refusal with what led to it. */
    public Refused(Problem problem, @Nullable Throwable cause) {
        super(problem.detail(), cause, false, false);
        this.problem = problem;
    }

    /** What is answered. */
    public Problem problem() {
        return problem;
    }
}
