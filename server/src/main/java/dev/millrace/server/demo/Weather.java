package dev.millrace.server.demo;

import java.time.Duration;

/**
 * What the web does to one request: how long it takes to answer, and what goes wrong.
 *
 * @param latency before the first byte, 40 to 400 ms, mostly short
 * @param mishap what goes wrong, or {@link Mishap#NONE}
 */
record Weather(Duration latency, Mishap mishap) {

    /** From this attempt on nothing goes wrong any more, so that patience is rewarded. */
    static final int CALM_FROM = 6;

    /** What can go wrong with one request. */
    enum Mishap {
        /** Nothing. */
        NONE(0),
        /** 500 Internal Server Error. */
        ERROR(0.05),
        /** 503 Service Unavailable, without saying for how long. */
        UNAVAILABLE(0.06),
        /** 429 Too Many Requests, with Retry-After of one or two seconds. */
        TOO_MANY(0.05),
        /** The connection is cut instead of an answer. */
        CUT(0.04),
        /** The connection is cut half-way through the body. */
        CUT_BODY(0.03),
        /** The body stops half-way and the connection stays open. */
        STALL(0.01),
        /** The body comes, but slowly. */
        SLOW_BODY(0.04);

        private final double probability;

        Mishap(double probability) {
            this.probability = probability;
        }
    }

    /**
     * The weather of one request; depends on its arguments only.
     *
     * @param attempt how many times this address was asked for before it was answered well, from 1
     */
    static Weather of(long seed, String address, int attempt) {
        var dice = new Dice(seed, address);
        double spread = dice.roll("latency " + attempt);
        var latency = Duration.ofMillis(40 + Math.round(360 * spread * spread * spread));
        return new Weather(latency, attempt >= CALM_FROM ? Mishap.NONE : mishap(dice, attempt));
    }

    private static Mishap mishap(Dice dice, int attempt) {
        double roll = dice.roll("mishap " + attempt);
        for (var mishap : Mishap.values()) {
            if (roll < mishap.probability) {
                return mishap;
            }
            roll -= mishap.probability;
        }
        return Mishap.NONE;
    }
}
