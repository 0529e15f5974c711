package dev.millrace.flow;

import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryLater;
import dev.millrace.job.RetryNever;
import dev.millrace.job.Walk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The pages of an HTTP API, one GET after another, until one names no next. Where the next one is,
 * its body or its Link header says: as an address, absolute or relative to the page's, or as a
 * token that is put into the query of the first. Immutable; safe for many jobs at once.
 *
 * <p>Defaults: 30 s for a whole answer with its body, bodies of at most 16 MiB, waits of at most an
 * hour, no header of its own, redirects not followed.
 *
 * <p>What becomes of an answer:
 *
 * <ul>
 *   <li>2xx: read; what the reader throws is tried again, for a page may have come damaged;
 *   <li>429 or 503 with {@code Retry-After}: {@link RetryLater}, so that the walk waits as asked;
 *   <li>408, 425, 429 and every 5xx, no answer in time, a connection refused or cut: an {@link
 *       IOException}, tried again by the walk's policy;
 *   <li>any other status, a body that is too large, a next page elsewhere or the same page again:
 *       {@link RetryNever}, so that the job is set aside with what was expected and got.
 * </ul>
 *
 * <p>The cursor is stored with the job and seen by whoever may see that: a server that puts secrets
 * into its next links is better read by tokens. Headers are never stored. Errors name an address
 * without its query.
 *
 * @param <I> what is on a page
 */
public final class HttpPages<I> implements Walk.Source<String, I> {
    private static final int DEFAULT_BODY = 16 << 20;
    private static final int MAX_BODY = 1 << 30;
    private static final Duration MAX_DEADLINE = Duration.ofHours(1);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final int SHOWN_BODY = 200;

    private final URI first;
    private final Reader<I> reader;
    private final Manner manner;

    private record Manner(
            HttpClient client,
            Map<String, String> headers,
            @Nullable String token,
            Duration deadline,
            int maxBody) {
        Manner {
            headers = Map.copyOf(headers);
        }
    }

    /** One client for all who bring none, so that its threads and connections are shared. */
    private static final class Shared {
        private static final HttpClient CLIENT =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(Duration.ofSeconds(10))
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
    }

    /** Makes the items of a page of its answer, and says where the next one is. */
    @FunctionalInterface
    public interface Reader<I> {
        /**
         * Reads an answer.
         *
         * @return its items, and the next page's address or token; {@code null} after the last
         * @throws Exception any; the page is fetched again by the walk's policy
         */
        Walk.Page<String, I> read(HttpAnswer answer) throws Exception;
    }

    private HttpPages(URI first, Reader<I> reader, Manner manner) {
        this.first = first;
        this.reader = reader;
        this.manner = manner;
    }

    /**
     * Pages from an address on, with every default.
     *
     * @param first absolute, http or https
     * @throws MillraceException with {@code invalid-input} when it is not
     */
    public static <I> HttpPages<I> from(URI first, Reader<I> reader) {
        if (first.getHost() == null || !"http|https".contains(String.valueOf(first.getScheme()))) {
            throw MillraceException.invalid(
                    "pages must begin at an http or https address, got '%s'"
                            .formatted(shown(first)));
        }
        var manner =
                new Manner(Shared.CLIENT, Map.of(), null, Duration.ofSeconds(30), DEFAULT_BODY);
        return new HttpPages<>(first, reader, manner);
    }

    /** The same, with the next page named by a token, sent as this parameter of the query. */
    public HttpPages<I> token(String parameter) {
        return with(
                new Manner(
                        manner.client, manner.headers, parameter, manner.deadline, manner.maxBody));
    }

    /** The same, sending this header too, in place of one of that name. */
    public HttpPages<I> header(String name, String value) {
        var headers = new LinkedHashMap<>(manner.headers);
        headers.keySet().removeIf(name::equalsIgnoreCase);
        headers.put(name, value);
        return with(
                new Manner(manner.client, headers, manner.token, manner.deadline, manner.maxBody));
    }

    /** The same, giving a whole answer with its body so long: 1 ms to 1 h. */
    public HttpPages<I> deadline(Duration longest) {
        if (longest.compareTo(Duration.ofMillis(1)) < 0 || longest.compareTo(MAX_DEADLINE) > 0) {
            throw MillraceException.invalid(
                    "an answer's deadline must be 1 ms to 1 h, got %s".formatted(longest));
        }
        return with(
                new Manner(manner.client, manner.headers, manner.token, longest, manner.maxBody));
    }

    /** The same, with bodies of at most so many bytes: 1 to 1 GiB. Each is held in memory. */
    public HttpPages<I> maxBody(int bytes) {
        if (bytes < 1 || bytes > MAX_BODY) {
            throw MillraceException.invalid(
                    "the largest body must be 1 to %d bytes, got %d".formatted(MAX_BODY, bytes));
        }
        return with(
                new Manner(manner.client, manner.headers, manner.token, manner.deadline, bytes));
    }

    /** The same, by a client of the caller's, for instance with a proxy or its own TLS. */
    public HttpPages<I> client(HttpClient client) {
        return with(
                new Manner(client, manner.headers, manner.token, manner.deadline, manner.maxBody));
    }

    private HttpPages<I> with(Manner other) {
        return new HttpPages<>(first, reader, other);
    }

    /** A walk over all of it, with every default. */
    public Walk<String, I> walk(String name) {
        return Walk.named(name, String.class, this);
    }

    /**
     * Fetches the page at an address or token.
     *
     * @throws IOException when another try may help
     * @throws RetryLater when the server says when it will
     * @throws RetryNever when none will
     */
    @Override
    public Walk.Page<String, I> page(@Nullable String after) throws Exception {
        URI uri = after == null ? first : manner.token == null ? linked(after) : tokened(after);
        var response = fetch(uri);
        check(uri, response);
        var body = response.body();
        var page =
                reader.read(
                        new HttpAnswer(
                                uri, response.statusCode(), response.headers(), body.bytes()));
        return new Walk.Page<>(page.items(), page.next() == null ? null : next(uri, page.next()));
    }

    /** Kept as an absolute address, so that it means the same on its own. */
    private String next(URI page, String next) {
        URI uri = manner.token == null ? resolved(page, next) : tokened(next);
        if (uri.equals(page)) {
            throw new RetryNever(
                    "expected another page after GET %s, got the same one again"
                            .formatted(shown(page)),
                    null);
        }
        return manner.token == null ? uri.toString() : next;
    }

    private URI linked(String address) {
        return resolved(first, address);
    }

    /** Headers may hold credentials, so that they go to nobody but who was meant. */
    private URI resolved(URI page, String link) {
        URI uri;
        try {
            uri = link.isEmpty() || link.startsWith("?") ? queried(page, link) : page.resolve(link);
        } catch (IllegalArgumentException e) {
            throw new RetryNever(
                    "expected a next link that is an address, got '%s' from GET %s"
                            .formatted(shortened(link), shown(page)),
                    e);
        }
        if (!Objects.equals(uri.getScheme(), first.getScheme())
                || !Objects.equals(uri.getRawAuthority(), first.getRawAuthority())) {
            throw new RetryNever(
                    "expected a next link at %s://%s, got one at %s; nothing was asked there"
                            .formatted(first.getScheme(), first.getRawAuthority(), shown(uri)),
                    null);
        }
        return uri;
    }

    /** A query alone keeps the path (RFC 3986, section 5.2.2), which {@link URI} does not know. */
    private static URI queried(URI page, String query) {
        return URI.create(
                page.getScheme()
                        + "://"
                        + page.getRawAuthority()
                        + page.getRawPath()
                        + (query.isEmpty() && page.getRawQuery() != null
                                ? "?" + page.getRawQuery()
                                : query));
    }

    private URI tokened(String token) {
        String text = first.toString();
        int fragment = text.indexOf('#');
        String base = fragment < 0 ? text : text.substring(0, fragment);
        String join = first.getRawQuery() == null ? "?" : base.endsWith("?") ? "" : "&";
        return URI.create(
                base
                        + join
                        + manner.token
                        + "="
                        + URLEncoder.encode(token, StandardCharsets.UTF_8));
    }

    /** The client's own timeout ends with the headers; this one holds for the body too. */
    private HttpResponse<BoundedBody.Kept> fetch(URI uri) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri).GET();
        manner.headers.forEach(request::setHeader);
        CompletableFuture<HttpResponse<BoundedBody.Kept>> sent =
                manner.client.sendAsync(request.build(), info -> new BoundedBody(manner.maxBody));
        try {
            return sent.get(manner.deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            var late =
                    new HttpTimeoutException(
                            "expected the whole answer of GET %s within %s, got none"
                                    .formatted(shown(uri), manner.deadline));
            late.initCause(e);
            throw late;
        } catch (ExecutionException e) {
            throw new IOException(
                    "expected an answer of GET %s, got %s".formatted(shown(uri), e.getCause()),
                    e.getCause());
        } finally {
            sent.cancel(true);
        }
    }

    private void check(URI uri, HttpResponse<BoundedBody.Kept> response) throws IOException {
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
            if (!response.body().whole()) {
                throw new RetryNever(
                        ("expected a body of at most %d bytes of GET %s, got more; ask for smaller"
                                        + " pages or raise maxBody")
                                .formatted(manner.maxBody, shown(uri)),
                        null);
            }
            return;
        }
        String got =
                "expected status 2xx of GET %s, got %d%s"
                        .formatted(shown(uri), status, said(response.body().bytes()));
        if (status == 429 || status == 503) {
            var wait = RetryAfter.of(response.headers(), Instant.now(), LONGEST_WAIT);
            if (wait.isPresent()) {
                throw new RetryLater(wait.get(), got + "; asked to wait " + wait.get(), null);
            }
        }
        if (status >= 500 || status == 408 || status == 425 || status == 429) {
            throw new IOException(got);
        }
        throw new RetryNever(got + "; asking again would not change that", null);
    }

    private static String said(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        return text.isEmpty() ? "" : ": " + shortened(text);
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_BODY ? text : text.substring(0, SHOWN_BODY) + "…";
    }

    /** An address without what may be secret in it. */
    static String shown(URI uri) {
        return "%s://%s%s%s"
                .formatted(
                        uri.getScheme(),
                        uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()),
                        uri.getRawPath() == null ? "" : uri.getRawPath(),
                        uri.getRawQuery() == null ? "" : "?…");
    }
}
