package dev.millrace.web.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known word nearest to one that is not known. */
public final class Near {
    /** From this length on the beginning of a word stands for it. */
    private static final int MEANT = 3;

    private Near() {}

    /** The nearest of the known words, when it is near enough to have been meant. */
    public static Optional<String> to(String word, Collection<String> known) {
        return known.stream()
                .filter(each -> word.length() >= MEANT && each.startsWith(word))
                .min(Comparator.naturalOrder())
                .or(() -> nearest(word, known));
    }

    private static Optional<String> nearest(String word, Collection<String> known) {
        return known.stream()
                .min(
                        Comparator.comparingInt((String each) -> distance(word, each))
                                .thenComparing(Comparator.naturalOrder()))
                .filter(each -> distance(word, each) <= Math.max(2, each.length() / 2));
    }

    /** Insertions, deletions and replacements that lead from one word to the other. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= Math.min(from.length(), 200); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
