package dev.millrace.job;

/**
 * The rule that every name in Millrace follows: kinds, queues, tags and workers are {@code
 * [A-Za-z0-9._:/-]}, 1 to 200 characters.
 */
public final class Names {
    /** The longest name accepted, in characters. */
    public static final int MAX_LENGTH = 200;

    private Names() {}

    /**
     * Answers the name itself when it follows the rule. Cost: one pass over the name.
     *
     * @param what what the name stands for, used in the refusal ("kind", "queue")
     * @param name the name to check
     * @throws MillraceException with {@code invalid-input} when it does not
     */
    public static String check(String what, String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH) {
            throw MillraceException.invalid(
                    "%s must have 1 to %d characters, got %d%s; nothing was accepted"
                            .formatted(what, MAX_LENGTH, name.length(), quoted(name)));
        }
        for (int i = 0; i < name.length(); i++) {
            if (!allowed(name.charAt(i))) {
                throw MillraceException.invalid(
                        ("%s must consist of letters, digits and . _ : / -, got U+%04X at position"
                                        + " %d%s; nothing was accepted")
                                .formatted(what, (int) name.charAt(i), i, quoted(name)));
            }
        }
        return name;
    }

    private static boolean allowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == ':'
                || c == '/'
                || c == '-';
    }

    private static String quoted(String name) {
        if (name.isEmpty()) {
            return "";
        }
        return " ('%s')".formatted(printable(name));
    }

    /** The beginning of any text, safe to print: at most 40 characters, others replaced. */
    public static String printable(String text) {
        var shown = new StringBuilder();
        text.chars()
                .limit(40)
                .forEach(c -> shown.append(c >= ' ' && c < 127 ? (char) c : '\uFFFD'));
        return shown.append(text.length() > 40 ? "…" : "").toString();
    }
}
