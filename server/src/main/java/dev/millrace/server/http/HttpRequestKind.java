package dev.millrace.server.http;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.flow.BoundedBody;
import dev.millrace.flow.RetryAfter;
import dev.millrace.job.JobContext;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.web.text.Durations;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The kind {@code http.request}: calls a URL. The expected status (2xx unless the payload says
 * otherwise) completes the job with the answer as its result; 429 and 503 wait for Retry-After
 * without spending an attempt while the job is younger than a day; 408, 5xx, timeouts and broken
 * connections are retried; every other answer, and a payload that cannot be called, discards.
 *
 * <p>Bounds: {@value #CALLS_PER_ORIGIN} calls at once to one origin, {@value #MAX_REDIRECTS}
 * redirects, 64 KiB of a body, and the payload's timeout over the whole call. Thread-safe.
 */
public final class HttpRequestKind implements App, AutoCloseable {
    /** The kind's name. */
    public static final String KIND = "http.request";

    static final int MAX_REDIRECTS = 5;
    static final int CALLS_PER_ORIGIN = 64;

    private static final Task<RawJson> TASK = Task.named(KIND, RawJson.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration BUSY = Duration.ofSeconds(2);
    private static final Duration UNSPENT_FOR = Duration.ofDays(1);

    /** More of a body is not read. */
    private static final int MAX_BODY = 64 * 1024;

    /** A server that asks for less, or for more, gets this. */
    private static final Duration LEAST_WAIT = Duration.ofSeconds(1);

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    /** What is sent to another origin than the one asked for; all else may be a secret. */
    private static final Set<String> TRAVELS =
            Set.of("accept", "accept-language", "content-type", "user-agent");

    private final Clock clock;
    private final Hosts hosts;
    private final HttpReach reach;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;

    /**
     * The kind with connections of its own.
     *
     * @param clock by which a Retry-After date and a job's age are read
     * @param reach which addresses are called
     */
    public HttpRequestKind(Clock clock, HttpReach reach) {
        this(clock, reach, CALLS_PER_ORIGIN);
    }

    HttpRequestKind(Clock clock, HttpReach reach, int callsPerOrigin) {
        this.clock = clock;
        this.reach = reach;
        this.hosts = new Hosts(callsPerOrigin);
        this.client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(Duration.ofSeconds(10))
                        .executor(threads)
                        .build();
    }

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(TASK, (payload, job) -> handle(payload.text(), job));
    }

    /** Cuts what is under way. */
    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdownNow();
    }

    private Object handle(String payload, JobContext job) throws InterruptedException, CallFailed {
        try {
            HttpCall call = HttpCall.read(payload);
            var permit = hosts.enter(WebAddress.origin(call.url()), PATIENCE);
            if (permit.isEmpty()) {
                return job.snooze(
                        BUSY,
                        "expected less than %d calls at once to %s, got more"
                                .formatted(CALLS_PER_ORIGIN, WebAddress.origin(call.url())));
            }
            Hosts.Permit held = permit.get();
            try {
                return call(call, job);
            } finally {
                held.close();
            }
        } catch (Unfit e) {
            return job.discard(String.valueOf(e.getMessage()));
        }
    }

    private Object call(HttpCall asked, JobContext job)
            throws InterruptedException, CallFailed, Unfit {
        long end = System.nanoTime() + asked.timeout().toNanos();
        HttpCall call = asked;
        for (int hops = 0; ; hops++) {
            HttpReply reply = send(call, job, end);
            var location = reply.headers().firstValue("location");
            boolean moved = REDIRECTS.contains(reply.status()) && location.isPresent();
            if (!moved || asked.expects(reply.status())) {
                return judge(call, reply, job);
            }
            if (hops == MAX_REDIRECTS) {
                throw new Unfit(
                        "expected %s from %s after at most %d redirects, got another one"
                                .formatted(asked.expectation(), name(asked), MAX_REDIRECTS));
            }
            call = redirected(call, reply.status(), location.get());
        }
    }

    private Object judge(HttpCall call, HttpReply reply, JobContext job) throws CallFailed {
        int status = reply.status();
        if (call.expects(status)) {
            return reply.result();
        }
        String text =
                "expected %s from %s, got %d%s"
                        .formatted(call.expectation(), name(call), status, reply.excerpt());
        if (status == 429 || status == 503) {
            var wait = RetryAfter.of(reply.headers(), clock.instant(), LONGEST_WAIT);
            var age = Duration.between(job.createdAt(), clock.instant());
            if (wait.isPresent() && age.compareTo(UNSPENT_FOR) < 0) {
                Duration asked = wait.get();
                return job.snooze(asked.compareTo(LEAST_WAIT) < 0 ? LEAST_WAIT : asked, text);
            }
        }
        if (status >= 500 || status == 429 || status == 408) {
            throw new CallFailed(text);
        }
        return job.discard(text);
    }

    /** One request and its answer; the wait for both ends at the given moment. */
    private HttpReply send(HttpCall call, JobContext job, long end)
            throws InterruptedException, CallFailed, Unfit {
        checkReach(call, end);
        var arriving = new AtomicReference<String>("nothing");
        // A request's own timeout does not cover the body: only cancelling ends a stalled one.
        var pending =
                client.sendAsync(
                        request(call, job),
                        head -> {
                            arriving.set("status " + head.statusCode() + " and part of its body");
                            return new BoundedBody(MAX_BODY);
                        });
        try {
            long left = Math.max(0, end - System.nanoTime());
            HttpReply reply = HttpReply.of(pending.get(left, TimeUnit.NANOSECONDS));
            // a name that led elsewhere meanwhile tells nothing
            checkReach(call, end);
            return reply;
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw new CallFailed(
                    "expected a whole answer from %s within %s, got %s"
                            .formatted(name(call), Durations.text(call.timeout()), arriving.get()));
        } catch (InterruptedException e) {
            pending.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw new CallFailed(
                        "expected a whole answer from %s, got %s after %s"
                                .formatted(name(call), describe(cause), arriving.get()));
            }
            throw new IllegalStateException("calling " + name(call) + " failed", e.getCause());
        }
    }

    /** Names are looked up apart, for a look cannot be interrupted. */
    private void checkReach(HttpCall call, long end)
            throws InterruptedException, CallFailed, Unfit {
        if (reach.isAll()) {
            return;
        }
        var look =
                threads.submit(() -> {
                    reach.check(call.url());
                    return true;
                });
        try {
            look.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new CallFailed(
                    "expected the address of %s within %s, got none"
                            .formatted(name(call), Durations.text(call.timeout())));
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Unfit unfit -> throw unfit;
                case IOException cause ->
                        throw new CallFailed(
                                "expected the address of %s, got %s"
                                        .formatted(name(call), describe(cause)));
                case null, default ->
                        throw new IllegalStateException(
                                "looking up " + name(call) + " failed", e.getCause());
            }
        }
    }

    private static HttpRequest request(HttpCall call, JobContext job) throws Unfit {
        try {
            String text = call.body();
            BodyPublisher body =
                    text == null ? BodyPublishers.noBody() : BodyPublishers.ofString(text);
            var request = HttpRequest.newBuilder(call.url()).method(call.method(), body);
            // lets the other side recognise a call that is made again
            request.setHeader("Millrace-Job", Long.toString(job.id()));
            request.setHeader("User-Agent", "millrace");
            call.headers().forEach(request::setHeader);
            return request.build();
        } catch (IllegalArgumentException e) {
            throw new Unfit("expected a request that can be sent, got one that cannot: " + e);
        }
    }

    private static HttpCall redirected(HttpCall call, int status, String location) throws Unfit {
        URI to = WebAddress.redirect(call.url(), location);
        boolean same = WebAddress.sameOrigin(call.url(), to);
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        call.headers()
                .forEach((name, value) -> {
                    if (same || TRAVELS.contains(name.toLowerCase(Locale.ROOT))) {
                        headers.put(name, value);
                    }
                });
        if (!becomesGet(call.method(), status)) {
            return call.redirected(call.method(), to, headers, call.body());
        }
        headers.remove("content-type");
        return call.redirected("GET", to, Map.copyOf(headers), null);
    }

    /** As browsers do: RFC 9110, section 15.4. */
    private static boolean becomesGet(String method, int status) {
        return switch (status) {
            case 301, 302 -> method.equals("POST");
            case 303 -> !method.equals("GET") && !method.equals("HEAD");
            default -> false;
        };
    }

    private static String name(HttpCall call) {
        return call.method() + " " + WebAddress.withoutQuery(call.url());
    }

    private static String describe(IOException cause) {
        String message = cause.getMessage();
        String type = cause.getClass().getSimpleName();
        return message == null || message.isBlank() ? type : type + " (" + message + ")";
    }
}
