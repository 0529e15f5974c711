package dev.millrace.web.http;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses what a page of another site makes a browser send: a {@code Host} that is not ours (DNS
 * rebinding), where nobody has to say who they are, and requests that change something and come
 * from another origin. Immutable.
 *
 * @param hosts names that a {@code Host} may have besides those of loopback, in lower case
 * @param anyHost whether it may have any name: when whoever asks has to say who they are
 * @param cors pages of which other sites may ask
 */
public record Guard(Set<String> hosts, boolean anyHost, Cors cors) {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    /** Copies the names. */
    public Guard {
        hosts = Set.copyOf(hosts);
    }

    void check(Incoming incoming) {
        String host = incoming.header("Host").orElse("").toLowerCase(Locale.ROOT);
        String name = withoutPort(host);
        boolean ours =
                LOOPBACK.contains(name) || name.endsWith(".localhost") || hosts.contains(name);
        if (!anyHost && !ours) {
            throw new Refused(
                    Problem.of(
                                    421,
                                    "wrong-host",
                                    "this server answers only to its own names; ask it as"
                                            + " localhost or 127.0.0.1")
                            .expectedGot("Host: localhost", host));
        }
        if (!incoming.isSafe() && !cors.allows(incoming)) {
            checkOrigin(incoming, host);
        }
    }

    private static void checkOrigin(Incoming incoming, String host) {
        Optional<String> origin = incoming.header("Origin").map(it -> it.toLowerCase(Locale.ROOT));
        boolean foreign =
                origin.isPresent()
                        && !origin.get().equals("http://" + host)
                        && !origin.get().equals("https://" + host);
        boolean crossSite =
                incoming.header("Sec-Fetch-Site").filter("cross-site"::equals).isPresent();
        if (foreign || crossSite) {
            throw new Refused(
                    Problem.of(
                                    403,
                                    "cross-origin",
                                    "pages of other sites may not change anything here; nothing"
                                            + " was done")
                            .expectedGot("Origin: http://" + host, origin.orElse("cross-site")));
        }
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean port = colon > 0 && host.indexOf(']', colon) < 0;
        return port ? host.substring(0, colon) : host;
    }
}
