package dev.millrace.job;

/** Bounds on texts for people that a store keeps. */
final class Texts {
    private Texts() {}

    /** At most so many characters, with what no store can hold (NUL, lone surrogates) replaced. */
    static String bounded(String text, int max) {
        if (text.length() <= max && isPlain(text)) {
            return text;
        }
        var kept = new StringBuilder(Math.min(text.length(), max));
        text.codePoints()
                .limit(max)
                .map(c -> (c == 0 || (c >= 0xD800 && c <= 0xDFFF)) ? 0xFFFD : c)
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == 0 || Character.isSurrogate(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }
}
