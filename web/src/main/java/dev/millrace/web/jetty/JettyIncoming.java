package dev.millrace.web.jetty;

import dev.millrace.web.http.Incoming;

import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** A request as Jetty has it. */
final class JettyIncoming implements Incoming {
    private static final Logger LOG = LoggerFactory.getLogger(JettyIncoming.class);
    private static final long MOST_LEFT_BYTES = 1 << 16;
    private static final int PIECE = 1 << 12;
    private static final Duration MOST_WAIT = Duration.ofSeconds(5);

    private final Request request;

    JettyIncoming(Request request) {
        this.request = request;
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String path() {
        return Objects.requireNonNullElse(uri().getPath(), "");
    }

    @Override
    public @Nullable String query() {
        return uri().getQuery();
    }

    private HttpURI uri() {
        return request.getHttpURI();
    }

    @Override
    public Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    @Override
    public String address() {
        return Request.getRemoteAddr(request);
    }

    @Override
    public boolean isSecure() {
        return request.isSecure();
    }

    @Override
    public long length() {
        return request.getLength();
    }

    @Override
    public InputStream body() {
        return Request.asInputStream(request);
    }

    /**
     * Takes in what is left of the body of a request that was answered without it, so that the next
     * request on the connection can begin.
     *
     * @param mayWait for what was sent but has not come yet: 64 KiB at most, and no longer than a
     *     connection may be silent
     * @return whether the body has ended; the connection is of no further use otherwise
     */
    boolean finish(boolean mayWait) {
        if (request.consumeAvailable()) {
            return true;
        }
        long left = request.getLength();
        if (!mayWait || left < 0 || left > MOST_LEFT_BYTES) {
            return false;
        }
        long began = System.nanoTime();
        try (InputStream rest = body()) {
            byte[] piece = new byte[PIECE];
            while (rest.read(piece) >= 0) {
                if (System.nanoTime() - began > MOST_WAIT.toNanos()) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            LOG.debug("the body of a refused request did not come: {}", e.toString());
            return false;
        }
    }
}
