package dev.millrace.server.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * When a job or another was at work, so that the time between a stop and the next start does not
 * count. A pause of at most {@link #SHORT_PAUSE} does: then everything waited for its next attempt.
 */
final class WorkTime {

    /** Longer than any wait between two attempts. */
    static final Duration SHORT_PAUSE = Duration.ofSeconds(10);

    private final List<Span> stretches = new ArrayList<>();

    /** From a moment to a moment. */
    record Span(Instant from, Instant to) {}

    /** Joins spans, in any order, into stretches. */
    WorkTime(List<Span> spans) {
        for (var span : spans.stream().sorted(Comparator.comparing(Span::from)).toList()) {
            var last = stretches.isEmpty() ? span : stretches.getLast();
            if (!stretches.isEmpty() && !span.from().isAfter(last.to().plus(SHORT_PAUSE))) {
                var to = span.to().isAfter(last.to()) ? span.to() : last.to();
                stretches.set(stretches.size() - 1, new Span(last.from(), to));
            } else {
                stretches.add(span);
            }
        }
    }

    /** All stretches together. */
    Duration total() {
        return upTo(Instant.MAX);
    }

    /** The time at work before a moment. */
    Duration upTo(Instant moment) {
        var sum = Duration.ZERO;
        for (var stretch : stretches) {
            if (moment.isAfter(stretch.from())) {
                var end = moment.isBefore(stretch.to()) ? moment : stretch.to();
                sum = sum.plus(Duration.between(stretch.from(), end));
            }
        }
        return sum;
    }
}
