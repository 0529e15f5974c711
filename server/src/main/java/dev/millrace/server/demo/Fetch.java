package dev.millrace.server.demo;

import java.time.Duration;
import java.util.Optional;

/** How a look-up ended. */
sealed interface Fetch {

    /** An answer worth grading, a "not found" included. */
    record Got(Page page) implements Fetch {}

    /**
     * No answer this time; another try may bring one.
     *
     * @param reason what was expected and what was got
     * @param after how long the other side asked to be left alone, where it did, at most a minute
     */
    record Again(String reason, Optional<Duration> after) implements Fetch {}

    /** No answer, and none to be expected from another try. */
    record Never(String reason) implements Fetch {}
}
