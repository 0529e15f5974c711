package dev.millrace.server.demo;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks pages up over HTTP: follows redirects, reads at most {@link #MAX_BODY_BYTES} of a body, and
 * keeps its deadline over the whole answer, body included. Blocks its caller, which is meant to be
 * a virtual thread; an interruption closes the connection and comes out. Safe for many threads.
 */
final class PageFetcher implements AutoCloseable {

    /** More of a body is left unread. */
    static final int MAX_BODY_BYTES = 256 * 1024;

    private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(1);

    private final Duration deadline;
    private final HttpClient client;

    /**
     * Makes a fetcher with its own connections.
     *
     * @param deadline for one whole look-up, redirects and body included
     */
    PageFetcher(Duration deadline) {
        this.deadline = deadline;
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .connectTimeout(deadline)
                        .executor(Executors.newVirtualThreadPerTaskExecutor())
                        .build();
    }

    /**
     * Looks one address up.
     *
     * @throws InterruptedException where the thread was interrupted; the connection is closed then
     */
    Fetch fetch(URI address) throws InterruptedException {
        long start = System.nanoTime();
        var request =
                HttpRequest.newBuilder(address).header("User-Agent", "millrace-demo").GET().build();
        // A request's own timeout does not cover the body: only cancelling closes a stalled one.
        var pending = client.sendAsync(request, info -> new BoundedBody());
        try {
            var response = pending.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            return judge(response, Duration.ofNanos(System.nanoTime() - start));
        } catch (TimeoutException e) {
            pending.cancel(true);
            return again("expected a whole answer within %s, got none".formatted(text(deadline)));
        } catch (InterruptedException e) {
            pending.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                return again("expected an answer, got " + describe(cause));
            }
            throw new IllegalStateException("looking up " + address + " failed", e.getCause());
        }
    }

    /** Cuts what is under way and waits for the threads to end. */
    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }

    private static Fetch judge(HttpResponse<Body> response, Duration elapsed) {
        int status = response.statusCode();
        if (status >= 500 || status == 429) {
            return new Fetch.Again("expected a page, got status " + status, retryAfter(response));
        }
        if (status >= 300 && status < 400) {
            return new Fetch.Never("expected a page, got a redirect in a circle");
        }
        var body = response.body();
        return new Fetch.Got(
                new Page(
                        response.uri(),
                        status,
                        response.headers().map(),
                        body.bytes(),
                        body.truncated(),
                        elapsed));
    }

    private static Optional<Duration> retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("retry-after")
                .filter(value -> value.matches("[0-9]{1,9}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .map(wait -> wait.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : wait);
    }

    private static Fetch again(String reason) {
        return new Fetch.Again(reason, Optional.empty());
    }

    private static String describe(IOException cause) {
        var message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    private static String text(Duration duration) {
        return duration.toMillis() % 1_000 == 0
                ? duration.toSeconds() + " s"
                : duration.toMillis() + " ms";
    }

    private record Body(Bytes bytes, boolean truncated) {}

    /** Collects a body up to the bound, then ends the connection. */
    private static final class BoundedBody implements HttpResponse.BodySubscriber<Body> {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<Body> body = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;

        @Override
        public CompletionStage<Body> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (var buffer : buffers) {
                var part = new byte[Math.min(buffer.remaining(), MAX_BODY_BYTES - bytes.size())];
                buffer.get(part);
                bytes.writeBytes(part);
                if (buffer.hasRemaining()) {
                    body.complete(new Body(Bytes.copyOf(bytes.toByteArray()), true));
                }
            }
            if (subscription == null) {
                throw new IllegalStateException("expected onSubscribe before onNext");
            }
            if (body.isDone()) {
                subscription.cancel();
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable cause) {
            body.completeExceptionally(cause);
        }

        @Override
        public void onComplete() {
            body.complete(new Body(Bytes.copyOf(bytes.toByteArray()), false));
        }
    }
}
