package dev.millrace.server.demo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** What the home page column of a readable row says. */
sealed interface HomePage {

    /** An address that can be looked up: http or https, with a host. */
    record Address(URI uri) implements HomePage {}

    /** The package has none; about 7 % of Debian's do not. */
    record Missing() implements HomePage {}

    /** Something is written, but it cannot be looked up; {@code detail} says why. */
    record Unusable(String detail) implements HomePage {}

    /** Reads the column. Never throws, whatever it holds. */
    static HomePage of(String text) {
        var trimmed = text.strip();
        if (trimmed.isEmpty()) {
            return new Missing();
        }
        try {
            var uri = new URI(trimmed);
            var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if (!scheme.equals("http") && !scheme.equals("https")) {
                return new Unusable("expected http:// or https://, got " + shortened(trimmed));
            }
            if (uri.getHost() == null) {
                return new Unusable("expected a host, got " + shortened(trimmed));
            }
            return new Address(uri);
        } catch (URISyntaxException e) {
            return new Unusable(
                    "expected a web address, got " + shortened(trimmed) + ": " + e.getReason());
        }
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
