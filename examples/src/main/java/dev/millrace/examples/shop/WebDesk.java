package dev.millrace.examples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.millrace.Millrace;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * The shop's page: a form, {@code POST /orders}, and what became of an order. An order is taken
 * when its jobs are durable; everything else happens later and elsewhere.
 */
final class WebDesk implements AutoCloseable {
    private static final Map<String, Integer> PRICES =
            Map.of("bicycle", 49_900, "lamp", 3_950, "sofa", 89_000);

    private static final int MAX_BODY = 4_096;
    private static final int MOST_JOBS = 20;

    private final Millrace millrace;
    private final Pace pace;
    private final HttpServer server;
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong numbers;

    /** Says what was wrong with a form. */
    private static final class Unfit extends Exception {
        private static final long serialVersionUID = 1L;

        Unfit(String message) {
            super(message);
        }
    }

    WebDesk(Millrace millrace, Pace pace, int port) throws IOException {
        this.millrace = millrace;
        this.pace = pace;
        // later than any number of an earlier process, at less than a thousand orders a second
        this.numbers = new AtomicLong(Clock.systemUTC().millis());
        this.server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(callers);
        server.createContext("/", this::answer);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            try {
                switch (exchange.getRequestMethod() + " " + path.replaceAll("[0-9]+", "N")) {
                    case "GET /" -> say(exchange, 200, form());
                    case "POST /orders" -> order(exchange);
                    case "GET /orders/N" -> look(exchange, path.substring("/orders/".length()));
                    default -> say(exchange, 404, "<p>There is no such page.</p>");
                }
            } catch (Unfit e) {
                say(exchange, 400, "<p>%s</p>".formatted(e.getMessage()));
            } catch (MillraceException e) {
                say(exchange, 503, "<p>Orders are not taken just now. Please try again.</p>");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void order(HttpExchange exchange) throws IOException, Unfit, InterruptedException {
        Map<String, String> form = fields(exchange);
        String customer = form.getOrDefault("customer", "");
        String item = form.getOrDefault("item", "");
        if (!customer.matches("[A-Za-z0-9._+-]{1,60}@[A-Za-z0-9.-]{1,60}")) {
            throw new Unfit("A mail address was expected. Nothing was ordered.");
        }
        Integer cents = PRICES.get(item);
        if (cents == null) {
            throw new Unfit("One of our things was expected. Nothing was ordered.");
        }
        var order = new Order(numbers.incrementAndGet(), customer, item, cents);
        millrace.enqueueAll(Shop.jobsOf(order, pace));
        exchange.getResponseHeaders().set("Location", "/orders/" + order.number());
        say(exchange, 303, "<p>Thank you.</p>");
    }

    private void look(HttpExchange exchange, String text) throws IOException, Unfit {
        if (text.length() > 18) {
            throw new Unfit("No order has such a number.");
        }
        var filter = new JobFilter(null, null, null, Shop.tag(Long.parseLong(text)));
        List<JobSnapshot> jobs = millrace.store().list(filter, MOST_JOBS, null).items();
        String rows =
                jobs.stream()
                        .map(job ->
                                "<tr><td>%s<td>%s<td>%s"
                                        .formatted(
                                                job.kind().substring("shop.".length()),
                                                job.state().name().text(),
                                                job.queue()))
                        .collect(Collectors.joining());
        say(
                exchange,
                jobs.isEmpty() ? 404 : 200,
                jobs.isEmpty()
                        ? "<p>No order has this number.</p>"
                        : "<h2>Order %s</h2><table>%s</table><p><a href=/>Order more</a>"
                                .formatted(text, rows));
    }

    private static Map<String, String> fields(HttpExchange exchange) throws IOException, Unfit {
        try (InputStream body = exchange.getRequestBody()) {
            byte[] bytes = body.readNBytes(MAX_BODY + 1);
            if (bytes.length > MAX_BODY) {
                throw new Unfit("That was too long. Nothing was ordered.");
            }
            var fields = new HashMap<String, String>();
            for (String part : new String(bytes, StandardCharsets.UTF_8).split("&", -1)) {
                int at = part.indexOf('=');
                if (at > 0) {
                    fields.put(decoded(part.substring(0, at)), decoded(part.substring(at + 1)));
                }
            }
            return fields;
        }
    }

    private static String decoded(String text) throws Unfit {
        return Optional.of(text)
                .filter(t -> t.matches("([^%]|%[0-9A-Fa-f]{2})*"))
                .map(t -> URLDecoder.decode(t, StandardCharsets.UTF_8))
                .orElseThrow(() -> new Unfit("A form was expected. Nothing was ordered."));
    }

    private static String form() {
        String items =
                PRICES.keySet().stream()
                        .sorted()
                        .map(item -> "<option>" + item)
                        .collect(Collectors.joining());
        return """
        <form method=post action=/orders>
          <p><label>Your mail address <input name=customer required></label>
          <p><label>What <select name=item>%s</select></label>
          <p><button>Order</button>
        </form>\
        """
                .formatted(items);
    }

    private static void say(HttpExchange exchange, int status, String text) throws IOException {
        byte[] page =
                ("<!doctype html><html lang=en><meta charset=utf-8><title>The shop</title>"
                                + "<h1>The shop</h1>"
                                + text)
                        .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(status, page.length);
        exchange.getResponseBody().write(page);
    }

    @Override
    public void close() {
        server.stop(2);
        callers.close();
    }
}
