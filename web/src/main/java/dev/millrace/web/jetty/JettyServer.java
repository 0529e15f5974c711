package dev.millrace.web.jetty;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.web.http.Dispatcher;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Response;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Serves a {@link Dispatcher} over HTTP/1.1. A few platform threads accept connections, read
 * headers and give instant answers; every other request runs on a virtual thread of its own.
 * Started once, closed once.
 */
public final class JettyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JettyServer.class);
    private static final int MOST_THREADS = 16;
    private static final int FEWEST_THREADS = 4;
    private static final int BACKLOG = 1024;

    /** The head of a request may take as long as so many silences. */
    private static final int HEAD_IDLES = 2;

    private final Server server;
    private final ServerConnector connector;
    private final ExecutorService requests;
    private final Connections connections;
    private final Duration between;

    /**
     * Where to listen and what to bound.
     *
     * @param host to bind
     * @param port to bind; 0 for a free one
     * @param idle how long a connection may be silent, between requests and within one
     * @param maxHeaderBytes request line and headers together
     * @param maxConnections at once; others wait to be accepted
     * @param slowest how slowly answers may be taken in
     * @param unbounded addresses that may have all of them, such as proxies; any other no more than
     *     it leaves to others, alone half
     */
    public record Settings(
            String host,
            int port,
            Duration idle,
            int maxHeaderBytes,
            int maxConnections,
            Slowest slowest,
            Predicate<InetAddress> unbounded) {}

    /**
     * How slowly a client may take in an answer of some length, which holds memory as long.
     *
     * @param grace that it has whatever the length
     * @param bytesPerSecond after that
     */
    public record Slowest(Duration grace, int bytesPerSecond) {
        /** Ten seconds, and 16 KiB a second. */
        public static Slowest standard() {
            return new Slowest(Duration.ofSeconds(10), 16 << 10);
        }

        private Duration of(int bytes) {
            return grace.plusMillis(bytes * 1000L / bytesPerSecond);
        }
    }

    /** A server that does not listen yet. */
    public JettyServer(Settings settings, Dispatcher dispatcher) {
        var pool = new QueuedThreadPool(MOST_THREADS, FEWEST_THREADS);
        pool.setName("millrace-http");
        pool.setReservedThreads(0);
        pool.setDaemon(true);
        this.requests =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("millrace-request-", 0).factory());
        this.server = new Server(pool);
        this.connector =
                new ServerConnector(server, 1, 1, new HttpConnectionFactory(http(settings)));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(settings.idle().toMillis());
        connector.setAcceptQueueSize(BACKLOG);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(settings.maxConnections(), connector));
        this.connections =
                new Connections(
                        settings.maxConnections(),
                        settings.idle().multipliedBy(HEAD_IDLES).toNanos(),
                        settings.unbounded());
        connector.addBean(connections);
        this.between = settings.idle().dividedBy(2);
        server.setErrorHandler(new JettyErrors());
        server.setHandler(new Entrance(dispatcher, requests, connections, settings.slowest()));
        server.setStopTimeout(0);
    }

    private static HttpConfiguration http(Settings settings) {
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(settings.maxHeaderBytes());
        http.setIdleTimeout(settings.idle().toMillis());
        // names may hold slashes, so %2F stands for one within a segment; paths are ours to read
        http.setUriCompliance(
                UriCompliance.DEFAULT.with(
                        "millrace", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR));
        return http;
    }

    /**
     * Listens.
     *
     * @return the port
     * @throws MillraceException with {@code invalid-configuration} when the address cannot be bound
     */
    public int start() {
        try {
            server.start();
            cutNext();
            return connector.getLocalPort();
        } catch (Exception e) {
            close();
            throw new MillraceException(
                    Code.INVALID_CONFIGURATION,
                    "host and port must be free to listen on, got %s:%d: %s; nothing was started"
                            .formatted(connector.getHost(), connector.getPort(), reason(e)),
                    e);
        }
    }

    /** Again and again, until the server stops and its scheduler with it. */
    private void cutNext() {
        connector
                .getScheduler()
                .schedule(
                        () -> {
                            connections.cut();
                            cutNext();
                        },
                        between.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /** Accepts no further connection; those there are go on. */
    public void stopAccepting() {
        connector.close();
    }

    /** Cuts whatever is left. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("the HTTP server did not stop cleanly: {}", e.toString());
        } finally {
            requests.shutdownNow();
        }
    }

    /** Hands each request over to a thread of its own, or answers it at once. */
    private static final class Entrance extends Handler.Abstract {
        /** What the network takes at once, of an answer to a client that reads nothing. */
        private static final int BUFFERED = 16 << 10;

        private final Dispatcher dispatcher;
        private final ExecutorService requests;
        private final Connections connections;
        private final Slowest slowest;

        Entrance(
                Dispatcher dispatcher,
                ExecutorService requests,
                Connections connections,
                Slowest slowest) {
            super(InvocationType.NON_BLOCKING);
            this.dispatcher = dispatcher;
            this.requests = requests;
            this.connections = connections;
            this.slowest = slowest;
        }

        @Override
        public boolean handle(
                Request request, org.eclipse.jetty.server.Response response, Callback sent) {
            var incoming = new JettyIncoming(request);
            var connection = request.getConnectionMetaData().getConnection();
            connections.works(connection);
            // before the answer is over, for the next request may begin with its end
            var callback = Callback.from(Callback.from(() -> connections.rests(connection)), sent);
            // a request that waits for its job is silent for long, and is not to be cut for it
            request.addIdleTimeoutListener(timeout -> false);
            if (dispatcher.isInstant(incoming)) {
                answer(request, incoming, false, response, callback);
            } else {
                requests.execute(() -> answer(request, incoming, true, response, callback));
            }
            return true;
        }

        /** A client that takes an answer drop by drop holds its memory no longer than this. */
        private Scheduler.Task cutWhenSlow(Request request, Response answer) {
            int bytes = answer instanceof Response.Whole whole ? whole.body().length : 0;
            if (bytes <= BUFFERED) {
                return () -> true;
            }
            return request.getComponents()
                    .getScheduler()
                    .schedule(
                            () ->
                                    request.getConnectionMetaData()
                                            .getConnection()
                                            .getEndPoint()
                                            .close(new TimeoutException("the client is too slow")),
                            slowest.of(bytes).toNanos(),
                            TimeUnit.NANOSECONDS);
        }

        private void answer(
                Request request,
                JettyIncoming incoming,
                boolean mayWait,
                org.eclipse.jetty.server.Response response,
                Callback callback) {
            Callback done = callback;
            try {
                var answered = dispatcher.answer(incoming);
                Response answer = answered.response();
                Scheduler.Task cut = cutWhenSlow(request, answer);
                done =
                        Callback.from(
                                callback,
                                () -> {
                                    cut.cancel();
                                    answered.close();
                                });
                boolean goesOn = incoming.finish(mayWait);
                send(goesOn ? answer : answer.with("Connection", "close"), response, done);
            } catch (IOException | InterruptedException e) {
                failed(e, response, done);
            } catch (Throwable e) {
                LOG.error("a request was not answered", e);
                done.failed(e);
            }
        }

        private static void send(
                Response answer, org.eclipse.jetty.server.Response response, Callback callback)
                throws IOException, InterruptedException {
            response.setStatus(answer.status());
            answer.headers().forEach(response.getHeaders()::put);
            switch (answer) {
                case Response.Whole whole -> {
                    if (whole.status() != 204 && whole.status() != 304) {
                        response.getHeaders().put("Content-Length", whole.body().length);
                    }
                    response.write(true, ByteBuffer.wrap(whole.body()), callback);
                }
                case Response.Streamed streamed -> {
                    try (var out = Content.Sink.asOutputStream(response)) {
                        streamed.writing().to(out);
                    }
                    callback.succeeded();
                }
            }
        }

        /** The client is gone, silent for too long, or sent what is no HTTP. */
        private static void failed(
                Exception e, org.eclipse.jetty.server.Response response, Callback callback) {
            LOG.debug("a client went away: {}", e.toString());
            if (response.isCommitted()) {
                callback.failed(e);
                return;
            }
            try {
                Problem problem = problem(e);
                send(problem.response().with("Connection", "close"), response, callback);
            } catch (IOException | InterruptedException again) {
                callback.failed(again);
            }
        }

        private static Problem problem(Throwable e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof HttpException bad) {
                    return JettyErrors.problem(bad.getCode(), bad.getReason());
                }
                if (cause instanceof TimeoutException) {
                    return JettyErrors.problem(408, "the body stopped coming");
                }
            }
            return JettyErrors.problem(400, "the body ended before its length");
        }
    }
}
