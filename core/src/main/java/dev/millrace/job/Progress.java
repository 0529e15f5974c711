package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a job has come, for people; what it needs to resume is its {@link Checkpoint}.
 *
 * @param done how much is done, in units of the handler's choice; zero or more
 * @param total how much there is in all; 0 when unknown, and it may turn out to be less than done
 * @param message what it does at present, at most {@value #MAX_MESSAGE} characters are kept; {@code
 *     null} for none
 * @param perSecond units done per second, smoothed over about half a minute by the worker; 0 when
 *     not known yet
 * @param at when it was said
 */
public record Progress(
        long done, long total, @Nullable String message, double perSecond, Instant at) {
    /** The longest message kept, in characters. */
    public static final int MAX_MESSAGE = 500;

    /** Checks the bounds, cuts the message and replaces what no store can hold. */
    public Progress {
        if (done < 0 || total < 0) {
            throw MillraceException.invalid(
                    "progress must be 0 or more of 0 (unknown) or more, got %d of %d"
                            .formatted(done, total));
        }
        message = message == null ? null : Texts.bounded(message, MAX_MESSAGE);
        if (!(perSecond >= 0 && perSecond < Double.POSITIVE_INFINITY)) {
            perSecond = 0;
        }
    }

    /** The time that the rest takes at the present rate; empty where total or rate is unknown. */
    public Optional<Duration> left() {
        if (total == 0 || perSecond <= 0) {
            return Optional.empty();
        }
        double seconds = Math.max(0, total - done) / perSecond;
        return Optional.of(
                Duration.ofMillis((long) Math.min(seconds * 1000, Long.MAX_VALUE / 2.0)));
    }
}
