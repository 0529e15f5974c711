package dev.millrace.server.demo;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An answer of the web.
 *
 * @param address where it came from, after redirects
 * @param status the HTTP status
 * @param headers by lower-case name
 * @param body at most {@link PageFetcher#MAX_BODY_BYTES}
 * @param truncated whether more of the body was left unread
 * @param elapsed from the request to the end of the body
 */
record Page(
        URI address,
        int status,
        Map<String, List<String>> headers,
        Bytes body,
        boolean truncated,
        Duration elapsed) {

    Page {
        headers = Map.copyOf(headers);
    }

    /** The same answer under another address, such as the one a stand-in stands for. */
    Page at(URI other) {
        return new Page(other, status, headers, body, truncated, elapsed);
    }

    /** The first value of a header. */
    Optional<String> header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream().findFirst();
    }
}
