package dev.millrace.server.demo;

/**
 * Chance that depends on nothing but its inputs: the same seed, subject and question always give
 * the same answer, in every process. Stateless.
 *
 * @param seed of the whole run
 * @param subject what is asked about, such as an address
 */
record Dice(long seed, String subject) {

    /** A number in [0, 1), the same each time for the same question. */
    double roll(String question) {
        long hash = 0xcbf29ce484222325L ^ mix(seed);
        hash = absorb(hash, subject);
        hash = absorb(hash * 31, question);
        return (mix(hash) >>> 11) * 0x1.0p-53;
    }

    /** True with the given chance. */
    boolean chance(String question, double probability) {
        return roll(question) < probability;
    }

    /** A whole number from 0 up to, not including, the bound. */
    int below(String question, int bound) {
        return (int) (roll(question) * bound);
    }

    /** FNV-1a, one character at a time. */
    private static long absorb(long hash, String text) {
        long result = hash;
        for (int i = 0; i < text.length(); i++) {
            result = (result ^ text.charAt(i)) * 0x100000001b3L;
        }
        return result;
    }

    /** The finisher of SplitMix64. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
