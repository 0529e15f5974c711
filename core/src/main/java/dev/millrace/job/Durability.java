package dev.millrace.job;

import java.util.Locale;

/**
 * What a receipt has to be worth, from weakest to strongest. A store may do more than was asked;
 * the receipt says what it did.
 */
public enum Durability {
    /** Lost when the accepting process is killed: the receipt comes before the job is written. */
    MEMORY,
    /** Survives the death of the process; lost on a power cut or a crash of the machine. */
    OS,
    /** On disk, group-committed. The default of a queue of which nothing else is said. */
    DISK;

    /** The level in lower case, as people write it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The level that people wrote.
     *
     * @throws MillraceException with {@code invalid-input} when it is none
     */
    public static Durability of(String text) {
        for (Durability level : values()) {
            if (level.text().equals(text)) {
                return level;
            }
        }
        throw MillraceException.invalid(
                "durability must be memory, os or disk, got '%s'; nothing was accepted"
                        .formatted(Names.printable(text)));
    }

    /** The stronger of two levels. */
    public Durability max(Durability other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
