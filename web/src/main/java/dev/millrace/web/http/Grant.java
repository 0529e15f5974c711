package dev.millrace.web.http;

import dev.millrace.web.text.Glob;

import java.util.regex.Pattern;

/**
 * A role on the queues whose name fits a pattern.
 *
 * @param role what may be done
 * @param queues letters, digits and {@code . _ : / -} as in names, and {@code *} for any run of
 *     them, none included
 */
public record Grant(Role role, String queues) {
    /** Every queue. */
    public static final String EVERY = "*";

    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9._:/*-]{1,200}");

    /** Checks the pattern. */
    public Grant {
        if (!SHAPE.matcher(queues).matches()) {
            throw new IllegalArgumentException(
                    "a pattern of queues must have 1 to 200 letters, digits and . _ : / - *, got"
                            + " '%s'".formatted(Percent.shortened(queues)));
        }
    }

    /** Whether it is about every queue there is or will be. */
    public boolean isEvery() {
        return queues.equals(EVERY);
    }

    /** Whether it is about a queue. Cost: proportional to both lengths at worst. */
    public boolean covers(String queue) {
        return isEvery() || Glob.matches(queues, queue);
    }
}
