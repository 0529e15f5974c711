package dev.millrace.job;

/** Bounds on texts for people that a store keeps. */
final class Texts {
    private Texts() {}

    /** At most so many characters, with what no store can hold (NUL, lone surrogates) replaced. */
    static String bounded(String text, int max) {
        var kept = new StringBuilder(Math.min(text.length(), max));
        text.codePoints()
                .limit(max)
                .map(c -> (c == 0 || (c >= 0xD800 && c <= 0xDFFF)) ? 0xFFFD : c)
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }
}
