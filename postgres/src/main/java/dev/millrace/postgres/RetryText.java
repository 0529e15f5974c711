package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.format.DateTimeParseException;

/** A job's own retry policy as one short text: base, factor, cap, jitter; empty for none. */
final class RetryText {
    private RetryText() {}

    static String write(@Nullable RetryPolicy policy) {
        if (policy == null) {
            return "";
        }
        return policy.base() + " " + policy.factor() + " " + policy.cap() + " " + policy.jitter();
    }

    /**
     * The policy, or none.
     *
     * @throws UnreadableException when the text is neither
     */
    static @Nullable RetryPolicy read(String text, int maxAttempts) {
        if (text.isEmpty()) {
            return null;
        }
        String[] parts = text.split(" ", -1);
        RuntimeException why = null;
        if (parts.length == 4) {
            try {
                return new RetryPolicy(
                        maxAttempts,
                        Duration.parse(parts[0]),
                        Double.parseDouble(parts[1]),
                        Duration.parse(parts[2]),
                        Boolean.parseBoolean(parts[3]));
            } catch (DateTimeParseException | IllegalArgumentException | MillraceException e) {
                why = e;
            }
        }
        var unreadable =
                new UnreadableException("retry", "base, factor, cap and jitter of a policy", text);
        if (why != null) {
            unreadable.addSuppressed(why);
        }
        throw unreadable;
    }
}
