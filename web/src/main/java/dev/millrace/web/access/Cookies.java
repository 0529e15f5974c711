package dev.millrace.web.access;

import dev.millrace.web.http.Incoming;
import dev.millrace.web.http.Mount;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The cookie by which a browser keeps its session. It bears the port that the browser asks and the
 * path below which the server stands: browsers send cookies to every port of a host. Immutable.
 *
 * @param path see {@link Mount#path}
 */
public record Cookies(String path) {
    private static final String NAME = "millrace";
    private static final Pattern PORT = Pattern.compile("(?:[^:]*|\\[.*]):([0-9]{1,5})");
    private static final int LONGEST_SECRET = 100;
    private static final int MOST = 100;

    /** More of the same name are not looked at. */
    private static final int MOST_ALIKE = 5;

    /** What may be its secrets, in the order in which they were sent. */
    List<String> secrets(Incoming incoming) {
        String begin = name(incoming) + "=";
        return incoming.header("Cookie")
                .map(all -> Stream.of(all.split(";", MOST)))
                .orElseGet(Stream::empty)
                .map(String::strip)
                .filter(cookie -> cookie.startsWith(begin))
                .map(cookie -> cookie.substring(begin.length()))
                .filter(secret -> !secret.isEmpty() && secret.length() <= LONGEST_SECRET)
                .distinct()
                .limit(MOST_ALIKE)
                .toList();
    }

    /**
     * The header that has a browser keep a secret.
     *
     * @param seconds for so long; 0 to forget it
     */
    public String set(Incoming incoming, String secret, long seconds) {
        return "%s=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Strict%s"
                .formatted(
                        name(incoming),
                        secret,
                        path.isEmpty() ? "/" : path,
                        seconds,
                        incoming.isSecure() ? "; Secure" : "");
    }

    private String name(Incoming incoming) {
        Matcher host = PORT.matcher(incoming.header("Host").orElse(""));
        String port = host.matches() ? "-" + host.group(1) : "";
        return NAME + port + path.replaceAll("[^A-Za-z0-9]", "-");
    }
}
