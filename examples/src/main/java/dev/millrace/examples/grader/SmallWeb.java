package dev.millrace.examples.grader;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A small web: it finds the host of a company and serves its page, each slowly, and fails one in
 * ten times. Counts how many ask one host at once.
 */
final class SmallWeb implements AutoCloseable {
    private static final int HOSTS = 20;

    private final Duration delay;
    private final HttpServer server;
    private final ConcurrentHashMap<String, AtomicInteger> asking = new ConcurrentHashMap<>();
    private final AtomicInteger most = new AtomicInteger();

    private SmallWeb(Duration delay, HttpServer server) {
        this.delay = delay;
        this.server = server;
    }

    /** Begins to answer, on a port of this machine. */
    static SmallWeb start(Duration delay) throws IOException {
        var server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
        var web = new SmallWeb(delay, server);
        server.createContext("/", web::answer);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return web;
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    /** The most that ever asked one host at once. */
    int mostAtOneHost() {
        return most.get();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String[] path = exchange.getRequestURI().getPath().split("/", -1);
            if (path[1].equals("find")) {
                pause();
                boolean gone = path[2].startsWith("gone-");
                send(exchange, gone ? 404 : 200, gone ? "" : host(path[2]));
                return;
            }
            var at = asking.computeIfAbsent(path[2], host -> new AtomicInteger());
            most.accumulateAndGet(at.incrementAndGet(), Math::max);
            try {
                pause();
                if (ThreadLocalRandom.current().nextInt(10) == 0) {
                    send(exchange, 503, "busy");
                } else {
                    send(exchange, 200, "<html><title>" + path[3] + "</title></html>");
                }
            } finally {
                at.decrementAndGet();
            }
        }
    }

    private void pause() {
        long end = System.nanoTime() + delay.toNanos();
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private static String host(String company) {
        return "host%02d.example".formatted(Math.floorMod(company.hashCode(), HOSTS));
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
