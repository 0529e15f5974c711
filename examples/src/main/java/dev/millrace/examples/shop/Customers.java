package dev.millrace.examples.shop;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Customers who order at a steady rate, each by a form of the page. Closed once. */
final class Customers implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient browser = HttpClient.newHttpClient();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledFuture<?> ticking;
    private final URI desk;
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong slowestMillis = new AtomicLong();

    Customers(int port, int rate) {
        this.desk = URI.create("http://127.0.0.1:%d/orders".formatted(port));
        this.ticking =
                clock.scheduleAtFixedRate(
                        this::order, 0, 1_000_000_000L / rate, TimeUnit.NANOSECONDS);
    }

    private void order() {
        int number = sent.incrementAndGet();
        var form =
                HttpRequest.newBuilder(desk)
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "customer=customer%d%%40example.org&item=lamp"
                                                .formatted(number)))
                        .build();
        long start = System.nanoTime();
        callers.execute(() -> {
            boolean fine = isTaken(form);
            slowestMillis.accumulateAndGet((System.nanoTime() - start) / 1_000_000, Math::max);
            (fine ? taken : refused).incrementAndGet();
        });
    }

    private boolean isTaken(HttpRequest form) {
        try {
            return browser.send(form, HttpResponse.BodyHandlers.discarding()).statusCode() == 303;
        } catch (IOException e) {
            // counted as refused, which the rush reports as wrong
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Orders taken. */
    int taken() {
        return taken.get();
    }

    /** Orders not taken. */
    int refused() {
        return refused.get();
    }

    /** The longest that a customer waited for the answer. */
    long slowestMillis() {
        return slowestMillis.get();
    }

    /** No more orders; those under way are answered first. */
    @Override
    public void close() throws IOException {
        ticking.cancel(false);
        clock.close();
        callers.close();
        browser.close();
        if (taken.get() + refused.get() != sent.get()) {
            throw new IOException(
                    "expected %d answers, got %d"
                            .formatted(sent.get(), taken.get() + refused.get()));
        }
    }
}
