package dev.millrace.sqlite;

import java.util.function.IntFunction;

/**
 * One statement in a few sizes, so that many rows take few steps of the engine and few statements
 * are prepared.
 */
final class ManyRows {
    private static final int[] SIZES = {64, 16, 4, 1};

    private final String[] texts = new String[SIZES.length];

    /**
     * @param before what comes before the rows
     * @param row one row by its number, from 0
     * @param after what comes after the rows
     */
    ManyRows(String before, IntFunction<String> row, String after) {
        for (int size = 0; size < SIZES.length; size++) {
            var text = new StringBuilder(before);
            for (int i = 0; i < SIZES[size]; i++) {
                text.append(i == 0 ? " " : ", ").append(row.apply(i));
            }
            texts[size] = text.append(after).toString();
        }
    }

    /** The most rows that a statement takes of so many, at least one. */
    static int upTo(int left) {
        for (int size : SIZES) {
            if (size <= left) {
                return size;
            }
        }
        throw new IllegalArgumentException("at least one row expected, got " + left);
    }

    /** The fewest rows of a statement that takes so many, or else the most there are. */
    static int atLeast(int left) {
        int found = SIZES[0];
        for (int size : SIZES) {
            if (size >= left) {
                found = size;
            }
        }
        return found;
    }

    /** The statement of this many rows, which one of the two above has answered. */
    String text(int rows) {
        for (int size = 0; size < SIZES.length; size++) {
            if (SIZES[size] == rows) {
                return texts[size];
            }
        }
        throw new IllegalArgumentException("no statement has %d rows".formatted(rows));
    }
}
