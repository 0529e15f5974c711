package dev.millrace.web.http;

import java.util.Locale;

/**
 * What somebody may do to the jobs of a queue; each may what those before it may, except that only
 * an admin may what a worker may.
 */
public enum Role {
    /** Claim jobs and report on them by the worker protocol, and nothing else: for programs. */
    WORKER,
    /** Look. */
    VIEWER,
    /** Enqueue, and act on jobs and queues. */
    OPERATOR,
    /** Also what concerns more than jobs: the audit log, hidden fields, workers. */
    ADMIN;

    /** Whether this role includes another. */
    public boolean includes(Role other) {
        return other == WORKER ? this == WORKER || this == ADMIN : compareTo(other) >= 0;
    }

    /** The name in lower case, as people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
