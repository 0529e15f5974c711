package dev.millrace.web;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the web tier listens and what bounds it has. Immutable; each method answers a changed copy.
 *
 * @param host to bind; only loopback, unless whoever asks has to say who they are
 * @param port to bind, 0 for a free one
 * @param idle how long a connection may be silent: 100 ms to 10 min
 * @param heartbeat how long a stream of events may be silent, shorter than idle
 * @param drain how long requests may take when it stops
 * @param maxHeaderBytes request line and headers together: 1 KiB to 1 MiB
 * @param maxConnections at once; others wait to be accepted
 * @param maxRequests at once that take some work of the store; others get 503
 * @param maxWaiting at once of each sort that takes long: streams of events, waits, claims; a
 *     quarter of it follow single jobs, an eighth bring or act on many; others get 503
 * @param access who may ask what, and from where
 */
public record WebSettings(
        String host,
        int port,
        Duration idle,
        Duration heartbeat,
        Duration drain,
        int maxHeaderBytes,
        int maxConnections,
        int maxRequests,
        int maxWaiting,
        WebAccess access) {
    /** The port of those that say none. */
    public static final int DEFAULT_PORT = 8321;

    /** Checks everything and reports all faults together. */
    public WebSettings {
        List<String> faults = new ArrayList<>();
        if (access.isOpen() && !isLoopback(host)) {
            faults.add(
                    ("host must be a loopback address such as 127.0.0.1 while no users and no"
                                    + " tokens are configured, got '%s': whoever reaches the port"
                                    + " could do everything; name them in a file and say --access"
                                    + " FILE")
                            .formatted(host));
        }
        between(faults, "port", port, 0, 65_535);
        between(faults, "max header bytes", maxHeaderBytes, 1 << 10, 1 << 20);
        between(faults, "max connections", maxConnections, 1, 1_000_000);
        between(faults, "max requests", maxRequests, 1, 1_000_000);
        between(faults, "max waiting", maxWaiting, 1, 1_000_000);
        if (idle.compareTo(Duration.ofMillis(100)) < 0
                || idle.compareTo(Duration.ofMinutes(10)) > 0) {
            faults.add("idle must be 100ms to 10m, got " + idle);
        }
        if (heartbeat.compareTo(Duration.ofMillis(10)) < 0 || heartbeat.compareTo(idle) >= 0) {
            faults.add("heartbeat must be 10ms or more and shorter than idle, got " + heartbeat);
        }
        if (drain.isNegative()) {
            faults.add("drain must not be negative, got " + drain);
        }
        if (!faults.isEmpty()) {
            throw new MillraceException(
                    Code.INVALID_CONFIGURATION,
                    String.join("; ", faults) + "; nothing was started");
        }
    }

    /**
     * Loopback, port 8321, idle 30 s, heartbeat 10 s, drain 10 s, headers of 16 KiB, 10,000
     * connections, 256 requests at once and 2,000 of each sort that takes long.
     */
    public static WebSettings standard() {
        return new WebSettings(
                "127.0.0.1",
                DEFAULT_PORT,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                16 << 10,
                10_000,
                256,
                2_000,
                WebAccess.open());
    }

    /** The same at another address. */
    public WebSettings at(String newHost, int newPort) {
        return new WebSettings(
                newHost,
                newPort,
                idle,
                heartbeat,
                drain,
                maxHeaderBytes,
                maxConnections,
                maxRequests,
                maxWaiting,
                access);
    }

    /** The same with other times. */
    public WebSettings times(Duration newIdle, Duration newHeartbeat, Duration newDrain) {
        return new WebSettings(
                host,
                port,
                newIdle,
                newHeartbeat,
                newDrain,
                maxHeaderBytes,
                maxConnections,
                maxRequests,
                maxWaiting,
                access);
    }

    /** The same with other bounds on requests at once. */
    public WebSettings atOnce(int requests, int waiting) {
        return new WebSettings(
                host,
                port,
                idle,
                heartbeat,
                drain,
                maxHeaderBytes,
                maxConnections,
                requests,
                waiting,
                access);
    }

    /** The same for others; before a host that is not loopback is said. */
    public WebSettings access(WebAccess newAccess) {
        return new WebSettings(
                host,
                port,
                idle,
                heartbeat,
                drain,
                maxHeaderBytes,
                maxConnections,
                maxRequests,
                maxWaiting,
                newAccess);
    }

    private static boolean isLoopback(String host) {
        try {
            return !host.isBlank() && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static void between(List<String> faults, String what, int got, int least, int most) {
        if (got < least || got > most) {
            faults.add("%s must be %d to %d, got %d".formatted(what, least, most, got));
        }
    }
}
