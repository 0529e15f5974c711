package dev.millrace.web.http;

import java.util.Locale;

/** What somebody may do to the jobs of a queue; each may what those before it may. */
public enum Role {
    /** Look. */
    VIEWER,
    /** Enqueue, and act on jobs and queues. */
    OPERATOR,
    /** Also what concerns more than jobs: the audit log, hidden fields, workers. */
    ADMIN;

    /** Whether this role includes another. */
    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }

    /** The name in lower case, as people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
