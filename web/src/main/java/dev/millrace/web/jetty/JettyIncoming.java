package dev.millrace.web.jetty;

import dev.millrace.web.http.Incoming;

import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A request as Jetty has it. */
final class JettyIncoming implements Incoming {
    private static final Logger LOG = LoggerFactory.getLogger(JettyIncoming.class);
    private static final long MOST_LEFT_BYTES = 1 << 16;
    private static final int PIECE = 1 << 12;
    private static final Duration MOST_WAIT = Duration.ofSeconds(5);

    private final Request request;
    private Content.@Nullable Chunk chunk;
    private boolean stalled;

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
    public List<String> headers(String name) {
        return request.getHeaders().getValuesList(name);
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

    @Override
    public int read(byte[] into, int most, Duration patience) throws IOException {
        long began = System.nanoTime();
        while (true) {
            if (chunk == null) {
                chunk = request.read();
            }
            if (chunk == null) {
                stalled = !isMore(patience.minusNanos(System.nanoTime() - began));
                if (stalled) {
                    return 0;
                }
                continue;
            }
            if (Content.Chunk.isFailure(chunk)) {
                throw new IOException("the body did not come", chunk.getFailure());
            }
            int read = chunk.get(into, 0, Math.min(most, chunk.remaining()));
            boolean ended = read == 0 && chunk.isLast();
            if (!chunk.hasRemaining()) {
                chunk = Content.Chunk.releaseAndNext(chunk);
            }
            if (read > 0 || ended) {
                return ended ? -1 : read;
            }
        }
    }

    /** Waits until there is more, or it is over. */
    private boolean isMore(Duration patience) throws IOException {
        var come = new CountDownLatch(1);
        request.demand(Invocable.from(Invocable.InvocationType.NON_BLOCKING, come::countDown));
        try {
            return come.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var stopped = new InterruptedIOException("the server stops");
            stopped.initCause(e);
            throw stopped;
        }
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
        if (chunk != null) {
            chunk.release();
            chunk = null;
        }
        if (stalled) {
            return false;
        }
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
