package dev.millrace.server.demo;

/** Text made safe for HTML. */
final class Html {
    private Html() {}

    /** Escapes for text and for quoted attributes; control characters become a replacement. */
    static String escape(String text) {
        var safe = new StringBuilder(text.length() + 16);
        text.codePoints()
                .forEach(c -> {
                    switch (c) {
                        case '&' -> safe.append("&amp;");
                        case '<' -> safe.append("&lt;");
                        case '>' -> safe.append("&gt;");
                        case '"' -> safe.append("&quot;");
                        case '\'' -> safe.append("&#39;");
                        default -> safe.appendCodePoint(isText(c) ? c : 0xfffd);
                    }
                });
        return safe.toString();
    }

    private static boolean isText(int c) {
        return c == '\n'
                || c == '\t'
                || !(Character.isISOControl(c) || (c >= 0xd800 && c <= 0xdfff));
    }
}
