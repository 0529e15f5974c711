package dev.millrace.server.http;

import dev.millrace.job.MillraceException;
import dev.millrace.web.http.Network;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which addresses {@code http.request} may call. Whoever may enqueue may have this machine call, so
 * that where people have to say who they are only public addresses are called, and what is allowed
 * besides. Immutable.
 *
 * <p>A name is looked up before each call, and every address it has must fit. The call itself uses
 * the same answer: the JDK keeps it for 30 s (networkaddress.cache.ttl).
 */
public final class HttpReach {
    private static final Pattern NAME =
            Pattern.compile("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");

    /** What is neither public nor told by InetAddress. */
    private static final List<Network> SPECIAL =
            List.of(
                            "0.0.0.0/8",
                            "100.64.0.0/10",
                            "192.0.0.0/24",
                            "198.18.0.0/15",
                            "240.0.0.0/4",
                            "fc00::/7",
                            "64:ff9b::/96",
                            "64:ff9b:1::/48",
                            "2002::/16")
                    .stream()
                    .map(Network::parse)
                    .toList();

    private final boolean all;
    private final Set<String> names;
    private final List<Network> networks;

    private HttpReach(boolean all, Set<String> names, List<Network> networks) {
        this.all = all;
        this.names = Set.copyOf(names);
        this.networks = List.copyOf(networks);
    }

    /** Every address. */
    public static HttpReach all() {
        return new HttpReach(true, Set.of(), List.of());
    }

    /**
     * Public addresses, and some besides.
     *
     * @param allowed names of hosts, {@code *.} and a domain, addresses or networks; {@code all}
     *     for every address, {@code none} for no more than public ones
     * @throws MillraceException with {@code invalid-input} naming what is none of these
     */
    public static HttpReach of(List<String> allowed) {
        var names = new HashSet<String>();
        var networks = new ArrayList<Network>();
        for (String each : allowed) {
            if (each.equals("all")) {
                return all();
            }
            if (each.equals("none")) {
                continue;
            }
            if (each.indexOf('/') < 0 && each.indexOf(':') < 0 && !isNumeric(each)) {
                names.add(name(each));
            } else {
                networks.add(network(each));
            }
        }
        return new HttpReach(false, names, networks);
    }

    private static boolean isNumeric(String text) {
        return text.chars().allMatch(c -> c == '.' || Character.isDigit(c));
    }

    private static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw refused(text);
        }
        return text.toLowerCase(Locale.ROOT);
    }

    private static Network network(String text) {
        try {
            return Network.parse(text);
        } catch (IllegalArgumentException e) {
            throw refused(text);
        }
    }

    private static MillraceException refused(String text) {
        return MillraceException.invalid(
                ("--http-allow takes hosts, *.domains, addresses and networks such as 10.0.0.0/8,"
                                + " 'all' or 'none', got '%s'; nothing was started")
                        .formatted(text));
    }

    /** Whether nothing is refused. */
    boolean isAll() {
        return all;
    }

    /**
     * Refuses an address that may not be called. Looks its name up, which may take long.
     *
     * @throws Unfit when it may not
     * @throws UnknownHostException when its name is not known
     */
    void check(URI url) throws Unfit, UnknownHostException {
        if (all) {
            return;
        }
        String host = url.getHost().toLowerCase(Locale.ROOT);
        if (isNamed(host)) {
            return;
        }
        for (InetAddress each : InetAddress.getAllByName(host)) {
            if (!isPublic(each) && networks.stream().noneMatch(net -> net.contains(each))) {
                throw new Unfit(
                        "'url' must lead to a public address, got one of a private network or of"
                                + " this machine: %s; --http-allow names others".formatted(host));
            }
        }
    }

    private boolean isNamed(String host) {
        int dot = host.indexOf('.');
        while (dot >= 0) {
            if (names.contains("*" + host.substring(dot))) {
                return true;
            }
            dot = host.indexOf('.', dot + 1);
        }
        return names.contains(host);
    }

    private static boolean isPublic(InetAddress address) {
        return !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isSiteLocalAddress()
                && !address.isMulticastAddress()
                && SPECIAL.stream().noneMatch(net -> net.contains(address));
    }
}
