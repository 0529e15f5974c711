package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
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

    /** Every header of that name, in any case, in the order sent. */
    default List<String> headers(String name) {
        return header(name).stream().toList();
    }

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

    /**
     * Reads more of the body.
     *
     * @param into from its beginning on
     * @param most at most so many bytes
     * @param patience how long to wait for the first of them
     * @return how many; -1 at the end, 0 when none came in time, after which no more can be read
     */
    default int read(byte[] into, int most, Duration patience) throws IOException {
        return body().read(into, 0, most);
    }
}
