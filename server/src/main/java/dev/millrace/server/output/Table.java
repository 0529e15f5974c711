package dev.millrace.server.output;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows in aligned columns: columns of numbers to the right, all others to the left. Control
 * characters are shown as {@code ?}, so that stored text cannot steer a terminal.
 */
public final class Table {
    private static final int WIDEST = 120;

    private final String[] heads;
    private final boolean[] numbers;
    private final List<String[]> rows = new ArrayList<>();

    /** An empty table with these heads. */
    public Table(String... heads) {
        this.heads = heads.clone();
        this.numbers = new boolean[heads.length];
        Arrays.fill(numbers, true);
    }

    /** Adds a row, a cell for each head; {@code null} is an empty cell. */
    public void row(@Nullable Object... cells) {
        String[] row = new String[heads.length];
        for (int i = 0; i < row.length; i++) {
            Object cell = cells[i];
            numbers[i] &= cell == null || cell instanceof Number || cell instanceof Counted;
            row[i] = cell == null ? "" : plain(cell.toString());
        }
        rows.add(row);
    }

    /**
     * A count that stops at a bound.
     *
     * @param count what was counted
     * @param bound where counting stopped
     */
    public record Counted(int count, int bound) {
        @Override
        public String toString() {
            return count < bound ? Integer.toString(count) : count + "+";
        }
    }

    /** Whether it has no rows. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints heads and rows. */
    public void print(PrintWriter out) {
        int[] widths = new int[heads.length];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = heads[i].length();
            for (String[] row : rows) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        print(out, heads, widths);
        rows.forEach(row -> print(out, row, widths));
    }

    private void print(PrintWriter out, String[] cells, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String pad = " ".repeat(widths[i] - cells[i].length());
            line.append(i == 0 ? "" : "  ");
            line.append(numbers[i] ? pad + cells[i] : cells[i] + pad);
        }
        out.println(line.toString().stripTrailing());
    }

    /** The text without what would steer a terminal, cut to a bearable width. */
    public static String plain(String text) {
        var plain = new StringBuilder();
        text.codePoints()
                .limit(WIDEST)
                .map(c -> Character.isISOControl(c) || isSurrogate(c) ? '?' : c)
                .forEach(plain::appendCodePoint);
        return text.length() > WIDEST ? plain + "…" : plain.toString();
    }

    private static boolean isSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }
}
