package dev.millrace.server.http;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * The rule for every address that is called, also after a redirect: http or https, a host, no
 * credentials, at most {@value #MAX_LENGTH} characters. Texts about an address leave out its query,
 * which may hold secrets.
 */
final class WebAddress {
    /** Longer ones are refused. */
    static final int MAX_LENGTH = 8_192;

    private WebAddress() {}

    /**
     * Reads an address.
     *
     * @throws Unfit when it cannot be called
     */
    static URI parse(String text) throws Unfit {
        if (text.length() > MAX_LENGTH) {
            throw new Unfit(
                    "'url' must have at most %d characters, got %d"
                            .formatted(MAX_LENGTH, text.length()));
        }
        try {
            return check(new URI(text));
        } catch (URISyntaxException e) {
            throw new Unfit(
                    "'url' must be a web address, got something else: %s at character %d"
                            .formatted(e.getReason(), e.getIndex()));
        }
    }

    /**
     * Where a redirect leads.
     *
     * @throws Unfit when it may not be followed
     */
    static URI redirect(URI from, String location) throws Unfit {
        try {
            URI to = check(from.resolve(new URI(location)));
            if (isSecure(from) && !isSecure(to)) {
                throw new Unfit(
                        "expected a redirect from https to https, got one to " + withoutQuery(to));
            }
            return to;
        } catch (URISyntaxException e) {
            throw new Unfit(
                    "expected a redirect to a web address, got something else: " + e.getReason());
        }
    }

    /** Whether both have scheme, host and port in common. */
    static boolean sameOrigin(URI one, URI other) {
        return origin(one).equals(origin(other));
    }

    /** Scheme, host and port. */
    static String origin(URI address) {
        String scheme = lower(address.getScheme());
        int port = address.getPort();
        if (port < 0) {
            port = scheme.equals("https") ? 443 : 80;
        }
        return "%s://%s:%d".formatted(scheme, lower(address.getHost()), port);
    }

    /** The address for people. */
    static String withoutQuery(URI address) {
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        String shown = address.getScheme() + "://" + address.getRawAuthority() + path;
        return shown.length() <= 200 ? shown : shown.substring(0, 200) + "…";
    }

    private static URI check(URI address) throws Unfit {
        String scheme = lower(address.getScheme());
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new Unfit(
                    "'url' must begin with http:// or https://, got %s"
                            .formatted(scheme.isEmpty() ? "neither" : "'" + scheme + ":'"));
        }
        if (address.getRawUserInfo() != null) {
            throw new Unfit(
                    "'url' must not carry credentials; send them in the header Authorization");
        }
        if (address.getHost() == null) {
            throw new Unfit("'url' must name a host, got none");
        }
        if (address.getPort() == 0 || address.getPort() > 65_535) {
            throw new Unfit("'url' must name a port from 1 to 65535, got " + address.getPort());
        }
        return address;
    }

    private static boolean isSecure(URI address) {
        return lower(address.getScheme()).equals("https");
    }

    private static String lower(@Nullable String text) {
        return text == null ? "" : text.toLowerCase(Locale.ROOT);
    }
}
