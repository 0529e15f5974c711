package dev.millrace.server.demo;

import dev.millrace.server.demo.Weather.Mishap;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * A slow and unreliable web on loopback that serves a directory of packages and a stand-in for
 * every home page: answers after 40 to 400 ms, errors, 429 with Retry-After, slow and stalled
 * bodies, cut connections, sites that are gone, down, or moved. All of it follows from the seed,
 * the address and how often the address was asked for, so two runs meet the same web.
 *
 * <p>At most {@link #MAX_CONNECTIONS} connections, {@link #MAX_REMEMBERED} remembered addresses and
 * 16 KiB of request are held. Nothing but loopback is listened on. Safe for many threads.
 */
final class FlakyWeb implements AutoCloseable {

    /** Further connections wait in the backlog of the operating system. */
    static final int MAX_CONNECTIONS = 2_048;

    /** Addresses whose failed attempts are counted; the least recently asked is forgotten first. */
    static final int MAX_REMEMBERED = 8_192;

    private static final String ENTRY = "/entry/";
    private static final int MAX_REQUEST_BYTES = 16_384;
    private static final int IDLE_MILLIS = 30_000;

    private final long seed;
    private final double slowness;
    private final Map<String, String> directory;
    private final ServerSocket server;
    private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Integer> attempts = new LinkedHashMap<>(64, 0.75f, true);
    private final ConcurrentHashMap<Mishap, Long> mishaps = new ConcurrentHashMap<>();

    private FlakyWeb(
            long seed, double slowness, Map<String, String> directory, ServerSocket server) {
        this.seed = seed;
        this.slowness = slowness;
        this.directory = Map.copyOf(directory);
        this.server = server;
    }

    /**
     * Starts on a free port of the loopback address.
     *
     * @param seed of everything that is up to chance
     * @param slowness by which every wait is multiplied: 1 for the real thing, 0 for no wait at all
     * @param directory home pages by a key, served as unreliably as they are
     */
    static FlakyWeb start(long seed, double slowness, Map<String, String> directory)
            throws IOException {
        var server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
        var web = new FlakyWeb(seed, slowness, directory, server);
        web.threads.execute(web::accept);
        return web;
    }

    /**
     * Where the stand-in for a home page is: {@code http://127.0.0.1:PORT/site/https/host/path}.
     */
    URI addressOf(URI homepage) {
        var path = homepage.getRawPath() == null ? "" : homepage.getRawPath();
        var query = homepage.getRawQuery() == null ? "" : "?" + homepage.getRawQuery();
        return URI.create(
                "http://%s:%d/site/%s/%s%s%s"
                        .formatted(
                                server.getInetAddress().getHostAddress(),
                                server.getLocalPort(),
                                homepage.getScheme(),
                                homepage.getRawAuthority(),
                                path.startsWith("/") ? path : "/" + path,
                                query));
    }

    /** Where the directory says what a package's home page is. */
    URI entryOf(String key) {
        return URI.create(
                "http://%s:%d%s%s"
                        .formatted(
                                server.getInetAddress().getHostAddress(),
                                server.getLocalPort(),
                                ENTRY,
                                key));
    }

    /** The address a stand-in stands for; the inverse of {@link #addressOf}. */
    static URI originalOf(URI address) {
        var query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
        return URI.create(Site.original(address.getRawPath() + query));
    }

    /** How many requests met which mishap so far. */
    Map<Mishap, Long> mishaps() {
        var counts = new EnumMap<Mishap, Long>(Mishap.class);
        for (var mishap : Mishap.values()) {
            counts.put(mishap, mishaps.getOrDefault(mishap, 0L));
        }
        return counts;
    }

    /** Cuts every connection and waits for the threads to end. Twice is once. */
    @Override
    public void close() {
        shut(server);
        threads.shutdownNow();
        open.forEach(FlakyWeb::shut);
        threads.close();
    }

    private void accept() {
        try {
            while (!server.isClosed()) {
                connections.acquire();
                begin(server.accept());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            if (!server.isClosed()) {
                throw new UncheckedIOException("the web on loopback no longer accepts", e);
            }
        }
    }

    private void begin(Socket socket) {
        open.add(socket);
        try {
            threads.execute(() -> serve(socket));
        } catch (RejectedExecutionException e) {
            shut(socket); // closed in the meantime
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(IDLE_MILLIS);
            var in = new BufferedInputStream(socket.getInputStream());
            var out = new BufferedOutputStream(socket.getOutputStream(), 16_384);
            boolean keep = true;
            while (keep) {
                var target = readTarget(in);
                keep = !target.isEmpty() && answer(target, in, out);
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // The client is gone, or sent nothing for long: the connection ends, as it does on the
            // web.
        } finally {
            open.remove(socket);
            connections.release();
        }
    }

    /** The target of the next request; empty where there is none that can be understood. */
    private static String readTarget(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int next = in.read();
            if (next < 0 || head.length() >= MAX_REQUEST_BYTES) {
                return "";
            }
            head.append((char) next);
        }
        var words = head.substring(0, head.indexOf("\r\n")).split(" ", -1);
        return words.length == 3 && words[0].equals("GET") ? words[1] : "";
    }

    /** True where the connection may serve another request. */
    private boolean answer(String target, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        var site = Site.of(seed, target);
        int attempt = attempt(target);
        var weather = Weather.of(seed, target, attempt);
        pause(weather.latency());
        mishaps.merge(weather.mishap(), 1L, Long::sum);
        return switch (weather.mishap()) {
            case ERROR -> send(out, 500, "", "internal error");
            case UNAVAILABLE -> send(out, 503, "", "unavailable");
            case TOO_MANY -> send(out, 429, "Retry-After: " + (1 + attempt % 2), "slow down");
            case CUT -> false;
            case CUT_BODY, STALL, SLOW_BODY, NONE -> calm(target, site, weather.mishap(), in, out);
        };
    }

    private boolean calm(String target, Site site, Mishap mishap, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        if (target.startsWith(ENTRY)) {
            String homepage = directory.get(target.substring(ENTRY.length()));
            int status = homepage == null ? 404 : 200;
            return end(target, send(out, status, "", homepage == null ? "" : homepage));
        }
        return switch (site.kind()) {
            case GONE -> end(target, send(out, 404, "", "no such site"));
            case DOWN -> send(out, 503, "", "down for good");
            case MOVED -> end(target, send(out, 301, "Location: " + site.movedTo(), "moved"));
            case HERE -> page(target, mishap, in, out);
        };
    }

    private boolean page(String target, Mishap mishap, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        var page = StandInPage.of(seed, Site.original(target));
        var dated = page.lastModified().isEmpty() ? "" : "Last-Modified: " + page.lastModified();
        head(out, 200, page.contentType(), dated, page.body().length());
        int half = page.body().length() / 2;
        out.write(page.body().toArray(), 0, half);
        if (mishap == Mishap.CUT_BODY) {
            return false;
        }
        out.flush();
        if (mishap == Mishap.STALL) {
            awaitHangUp(in);
            return false;
        }
        if (mishap == Mishap.SLOW_BODY) {
            pause(Duration.ofMillis(1_200));
        }
        out.write(page.body().toArray(), half, page.body().length() - half);
        return end(target, true);
    }

    private static void awaitHangUp(InputStream in) throws IOException {
        int next = 0;
        while (next >= 0) {
            next = in.read();
        }
    }

    private static boolean send(OutputStream out, int status, String header, String text)
            throws IOException {
        var body = text.getBytes(StandardCharsets.UTF_8);
        head(out, status, "text/plain", header, body.length);
        out.write(body);
        return true;
    }

    private static void head(OutputStream out, int status, String type, String header, int length)
            throws IOException {
        var head =
                "HTTP/1.1 %d x\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
                        .formatted(status, type, length, header.isEmpty() ? "" : header + "\r\n");
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    }

    private int attempt(String target) {
        synchronized (attempts) {
            int attempt = attempts.merge(target, 1, Integer::sum);
            if (attempts.size() > MAX_REMEMBERED) {
                var eldest = attempts.keySet().iterator();
                eldest.next();
                eldest.remove();
            }
            return attempt;
        }
    }

    /** Forgets an address that was answered well. */
    private boolean end(String target, boolean keep) {
        synchronized (attempts) {
            attempts.remove(target);
        }
        return keep;
    }

    private void pause(Duration wait) throws InterruptedException {
        // slowness is what this web is for
        Thread.sleep(Duration.ofNanos((long) (wait.toNanos() * slowness)));
    }

    private static void shut(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing a socket failed", e);
        }
    }
}
