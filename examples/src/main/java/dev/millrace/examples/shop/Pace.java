package dev.millrace.examples.shop;

import java.time.Duration;

/**
 * How fast the shop's time goes.
 *
 * @param askAfter when a customer is asked how it was
 * @param showWithin how long the store room's screen may be told of an order
 * @param sales when sales are added up, as a cron expression
 * @param archive when invoices are packed, as a cron expression
 */
record Pace(Duration askAfter, Duration showWithin, String sales, String archive) {
    /** As a shop's goes. */
    static final Pace REAL =
            new Pace(Duration.ofDays(2), Duration.ofMinutes(5), "* * * * *", "0 3 * * *");

    /** Days are seconds, a minute is two and a night comes every ten. */
    static final Pace HURRIED =
            new Pace(
                    Duration.ofSeconds(3),
                    Duration.ofMillis(1_500),
                    "*/2 * * * * *",
                    "*/10 * * * * *");
}
