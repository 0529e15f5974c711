package dev.millrace.postgres;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.format.DateTimeParseException;

/** A job's own retry policy as one short text: base, factor, cap, jitter; empty for none. */
final class RetryText {
    private static final Logger LOG = LoggerFactory.getLogger(RetryText.class);
    private static final String BROKEN =
            "a job's stored retry policy cannot be read; its kind's applies";

    private RetryText() {}

    static String write(@Nullable RetryPolicy policy) {
        if (policy == null) {
            return "";
        }
        return policy.base() + " " + policy.factor() + " " + policy.cap() + " " + policy.jitter();
    }

    /** The policy; none when the text is broken, so that its job still runs. */
    static @Nullable RetryPolicy read(String text, int maxAttempts) {
        if (text.isEmpty()) {
            return null;
        }
        String[] parts = text.split(" ", -1);
        try {
            if (parts.length == 4) {
                return new RetryPolicy(
                        maxAttempts,
                        Duration.parse(parts[0]),
                        Double.parseDouble(parts[1]),
                        Duration.parse(parts[2]),
                        Boolean.parseBoolean(parts[3]));
            }
        } catch (DateTimeParseException | IllegalArgumentException | MillraceException e) {
            LOG.atWarn().setCause(e).addKeyValue("text", text).log(BROKEN);
            return null;
        }
        LOG.atWarn().addKeyValue("text", text).log(BROKEN);
        return null;
    }
}
