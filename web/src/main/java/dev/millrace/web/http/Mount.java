package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the server stands for its clients: below a path, and behind proxies. What {@code
 * X-Forwarded-For}, {@code -Proto} and {@code -Host} say counts only when a trusted proxy says it.
 * Immutable.
 *
 * @param path what every path begins with, such as {@code /jobs}; empty for none
 * @param proxies whose word is trusted
 */
public record Mount(String path, List<Network> proxies) {
    private static final int MOST_HOPS = 20;
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]{1,50}){0,5}");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,255}");

    /** Checks the path. */
    public Mount {
        proxies = List.copyOf(proxies);
        if (!PATH.matcher(path).matches() || path.contains("/.")) {
            throw new IllegalArgumentException(
                    "a context path must be like /jobs, of letters, digits and . _ ~ -, got '%s'"
                            .formatted(Percent.shortened(path)));
        }
    }

    /** At the root, behind no proxy. */
    public static Mount root() {
        return new Mount("", List.of());
    }

    /** A request as the client sent it; empty when its path is not below ours. */
    Optional<Incoming> enter(Incoming incoming) {
        String sent = incoming.path();
        if (!path.isEmpty() && !sent.startsWith(path + "/")) {
            return Optional.empty();
        }
        boolean trusted = isTrusted(incoming.address());
        return path.isEmpty() && !trusted
                ? Optional.of(incoming)
                : Optional.of(new Entered(incoming, sent.substring(path.length()), trusted));
    }

    /** Whether a path is ours but for the slash at its end. */
    boolean lacksSlash(Incoming incoming) {
        return !path.isEmpty() && incoming.path().equals(path);
    }

    /** Where something is for the client. */
    String outside(String location) {
        return location.startsWith("/") ? path + location : location;
    }

    private boolean isTrusted(String address) {
        return proxies.stream().anyMatch(each -> each.contains(address));
    }

    private final class Entered implements Incoming {
        private final Incoming sent;
        private final String inside;
        private final boolean trusted;

        Entered(Incoming sent, String inside, boolean trusted) {
            this.sent = sent;
            this.inside = inside;
            this.trusted = trusted;
        }

        @Override
        public String method() {
            return sent.method();
        }

        @Override
        public String path() {
            return inside;
        }

        @Override
        public @Nullable String query() {
            return sent.query();
        }

        @Override
        public Optional<String> header(String name) {
            if (trusted && name.equalsIgnoreCase("Host")) {
                return nearest("X-Forwarded-Host")
                        .filter(host -> HOST.matcher(host).matches())
                        .or(() -> sent.header(name));
            }
            return sent.header(name);
        }

        @Override
        public List<String> headers(String name) {
            return sent.headers(name);
        }

        @Override
        public int read(byte[] into, int most, Duration patience) throws IOException {
            return sent.read(into, most, patience);
        }

        @Override
        public long length() {
            return sent.length();
        }

        @Override
        public InputStream body() {
            return sent.body();
        }

        @Override
        public boolean isSecure() {
            return trusted
                    ? nearest("X-Forwarded-Proto")
                            .map("https"::equalsIgnoreCase)
                            .orElseGet(sent::isSecure)
                    : sent.isSecure();
        }

        /** The nearest that is no trusted proxy: what stands before it, anybody may have said. */
        @Override
        public String address() {
            String nearest = sent.address();
            if (!trusted) {
                return nearest;
            }
            for (String hop : hops("X-Forwarded-For")) {
                if (!Network.isAddress(hop)) {
                    return nearest;
                }
                nearest = hop;
                if (!isTrusted(hop)) {
                    return nearest;
                }
            }
            return nearest;
        }

        /** What the proxy that is next to us said: what stands before it, anybody may have. */
        private Optional<String> nearest(String name) {
            return hops(name).stream().findFirst();
        }

        /** What proxies added, one after the other, the nearest first. */
        private List<String> hops(String name) {
            List<String> hops = new ArrayList<>();
            for (String line : sent.headers(name).reversed()) {
                int end = line.length();
                while (end >= 0 && hops.size() < MOST_HOPS) {
                    int comma = line.lastIndexOf(',', end - 1);
                    hops.add(line.substring(comma + 1, end).strip());
                    end = comma;
                }
            }
            return hops;
        }
    }
}
