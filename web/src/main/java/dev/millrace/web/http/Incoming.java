package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.util.Optional;

/** A request as a server library hands it in, before anything about it was checked. */
public interface Incoming {
    /** As sent: {@code GET}. */
    String method();

    /** As sent, still percent-encoded, beginning with a slash. */
    String path();

    /** What follows the question mark, still percent-encoded; {@code null} when there was none. */
    @Nullable String query();

    /** The first header of that name, in any case. */
    Optional<String> header(String name);

    /** Where it comes from: an address in numbers. */
    String address();

    /** Whether it came over TLS, as far as it can be known. */
    boolean isSecure();

    /** Whether it changes nothing, by its method. */
    default boolean isSafe() {
        return method().equals("GET") || method().equals("HEAD") || method().equals("OPTIONS");
    }

    /** How long the body is said to be; -1 when that is not said. */
    long length();

    /** The body; blocks until the client sends more or has been silent for too long. */
    InputStream body();
}
