package dev.millrace.examples.source;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * The records of a source: JSON objects with numbers from 1 on, made from a seed. A record is the
 * same text each time. Immutable.
 *
 * @param seed where they come from
 * @param count how many there are
 */
record Records(long seed, long count) {
    private static final String[] NAMES = {
        "Ada", "Björn", "Chloé", "Dmitri", "Éva", "Fatima", "Günther", "Hana", "Íris", "José"
    };
    private static final String[] NOTES = {
        "said \\\"yes\\\"", "a\\\\b", "tab\\there", "naïve café", "東京", "😀 and 👍", "", "x\\u0000y"
    };

    /** The text of one, without a line break. */
    String line(long id) {
        var random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + id);
        var note = new StringBuilder();
        for (int words = random.nextInt(12); words > 0; words--) {
            note.append(NOTES[random.nextInt(NOTES.length)]).append(' ');
        }
        return String.format(
                Locale.ROOT,
                "{\"id\":%d,\"name\":\"%s\",\"amount\":%d.%02d,\"key\":\"%016x\",\"note\":\"%s\"}",
                id,
                NAMES[random.nextInt(NAMES.length)],
                random.nextInt(100_000),
                random.nextInt(100),
                random.nextLong(),
                note);
    }
}
