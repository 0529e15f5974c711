package dev.millrace.examples.source;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The other side of {@link SourceProcess}: {@code SourceServer SEED RECORDS}. {@code
 * /records?size=N&after=ID} is a page, a record a line, with the next one's address in a Link
 * header; {@code /all} is every record at once, without faults; {@code /ledger} is what it was
 * asked for, in order.
 */
final class SourceServer {
    private static final int MOST_A_PAGE = 10_000;
    private static final long SLOW_MILLIS = 250;
    private static final long STALL_MILLIS = 60_000;

    private final Records records;
    private final List<Asked> ledger = new ArrayList<>();
    private final Map<Long, Integer> times = new HashMap<>();

    private SourceServer(Records records) {
        this.records = records;
    }

    /** Serves until standard input ends. */
    public static void main(String[] args) throws IOException {
        var source =
                new SourceServer(new Records(Long.parseLong(args[0]), Long.parseLong(args[1])));
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/records", source::page);
        server.createContext("/all", source::all);
        server.createContext("/ledger", source::ledger);
        server.start();
        System.out.println(server.getAddress().getPort());
        System.out.flush();
        while (System.in.read() >= 0) {
            // whatever is said keeps it
        }
        Runtime.getRuntime().halt(0);
    }

    private void page(HttpExchange exchange) throws IOException {
        try (exchange) {
            long size = number(exchange, "size", 100);
            long after = number(exchange, "after", 0);
            if (size < 1 || size > MOST_A_PAGE || after < 0) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            int line = asked(after);
            Fault fault = Fault.of(records.seed(), after, timesAsked(after));
            if (fault == Fault.STALLED) {
                ended(line, after, Asked.Outcome.STALLED);
            }
            ended(line, after, answer(exchange, fault, after, size));
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private Asked.Outcome answer(HttpExchange exchange, Fault fault, long after, long size)
            throws IOException, InterruptedException {
        return switch (fault) {
            case NONE -> whole(exchange, after, size);
            case SLOW -> {
                pause(SLOW_MILLIS);
                yield whole(exchange, after, size);
            }
            case BROKEN -> refuse(exchange, 500, Asked.Outcome.BROKEN);
            case DOWN -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                yield refuse(exchange, 503, Asked.Outcome.DOWN);
            }
            case TOO_MANY -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                yield refuse(exchange, 429, Asked.Outcome.TOO_MANY);
            }
            case CUT -> {
                byte[] body = body(exchange, after, size);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body, 0, body.length / 2);
                exchange.getResponseBody().flush();
                yield Asked.Outcome.CUT;
            }
            case STALLED -> {
                pause(STALL_MILLIS);
                yield Asked.Outcome.STALLED;
            }
        };
    }

    private Asked.Outcome whole(HttpExchange exchange, long after, long size) throws IOException {
        byte[] body = body(exchange, after, size);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.getResponseBody().flush();
        return Asked.Outcome.WHOLE;
    }

    private static Asked.Outcome refuse(HttpExchange exchange, int status, Asked.Outcome outcome)
            throws IOException {
        exchange.sendResponseHeaders(status, -1);
        return outcome;
    }

    /** Also says where the next page is, and how many records there are. */
    private byte[] body(HttpExchange exchange, long after, long size) {
        long last = Math.min(after + size, records.count());
        var body = new StringBuilder();
        for (long id = after + 1; id <= last; id++) {
            body.append(records.line(id)).append('\n');
        }
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", "application/x-ndjson");
        headers.set("X-Total", Long.toString(records.count()));
        if (last < records.count()) {
            headers.set("Link", "</records?size=%d&after=%d>; rel=\"next\"".formatted(size, last));
        }
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void all(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            var out = new BufferedOutputStream(exchange.getResponseBody(), 1 << 16);
            for (long id = 1; id <= records.count(); id++) {
                out.write((records.line(id) + "\n").getBytes(StandardCharsets.UTF_8));
            }
            out.flush();
        }
    }

    private void ledger(HttpExchange exchange) throws IOException {
        var text = new StringBuilder();
        synchronized (ledger) {
            ledger.forEach(asked ->
                    text.append(asked.after()).append(' ').append(asked.outcome()).append('\n'));
        }
        byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Enters a request when it comes, so that the ledger is in the order of asking. */
    private int asked(long after) {
        synchronized (ledger) {
            ledger.add(new Asked(after, Asked.Outcome.OPEN));
            times.merge(after, 1, Integer::sum);
            return ledger.size() - 1;
        }
    }

    private int timesAsked(long after) {
        synchronized (ledger) {
            return times.getOrDefault(after, 0);
        }
    }

    private void ended(int line, long after, Asked.Outcome outcome) {
        synchronized (ledger) {
            ledger.set(line, new Asked(after, outcome));
        }
    }

    private static long number(HttpExchange exchange, String name, long otherwise) {
        String query = exchange.getRequestURI().getQuery();
        for (String part : query == null ? new String[0] : query.split("&", -1)) {
            if (part.startsWith(name + "=")) {
                String value = part.substring(name.length() + 1);
                return value.matches("[0-9]{1,15}") ? Long.parseLong(value) : -1;
            }
        }
        return otherwise;
    }

    private static void pause(long millis) throws InterruptedException {
        boolean never = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        assert !never;
    }
}
