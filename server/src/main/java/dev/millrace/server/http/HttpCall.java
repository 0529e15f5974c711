package dev.millrace.server.http;

import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Near;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a job of kind {@code http.request} asks for, checked: {@code {"method", "url", "headers"?,
 * "body"?, "expect"?, "timeout"?}}.
 *
 * @param method in upper case
 * @param url see {@link WebAddress}
 * @param headers names as given, at most {@value #MAX_HEADERS}
 * @param body text as given; any other JSON value as its JSON text
 * @param expect the statuses that complete the job; empty for every 2xx
 * @param timeout of the whole call: 100 ms to 10 min, 30 s when nothing is said
 */
record HttpCall(
        String method,
        URI url,
        Map<String, String> headers,
        @Nullable String body,
        Set<Integer> expect,
        Duration timeout) {

    /** More are refused. */
    static final int MAX_HEADERS = 50;

    private static final int MAX_HEADER_LENGTH = 8_192;
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(100);
    private static final Duration MOST_TIMEOUT = Duration.ofMinutes(10);
    private static final List<String> MEMBERS =
            List.of("method", "url", "headers", "body", "expect", "timeout");
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** What the client itself writes; a caller's own would contradict it. */
    private static final Set<String> RESERVED =
            Set.of(
                    "connection",
                    "content-length",
                    "expect",
                    "host",
                    "keep-alive",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");
    private static final Pattern FIELD_VALUE = Pattern.compile("[\\t\\x20-\\x7E]*");

    /** Numbers keep every digit on their way from the payload into a body. */
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .build();

    HttpCall {
        headers = Map.copyOf(headers);
        expect = Set.copyOf(expect);
    }

    /**
     * Reads a payload.
     *
     * @throws Unfit saying what cannot be asked for
     */
    static HttpCall read(String payload) throws Unfit {
        JsonNode root;
        try {
            root = MAPPER.readTree(payload);
        } catch (JacksonException e) {
            throw new Unfit("expected one JSON object, got: " + firstLine(e.getOriginalMessage()));
        }
        if (!root.isObject()) {
            throw new Unfit("expected a JSON object {method, url, …}, got " + type(root));
        }
        for (String name : root.propertyNames()) {
            if (!MEMBERS.contains(name)) {
                throw new Unfit(unknown(name));
            }
        }
        var body = body(root.get("body"));
        return new HttpCall(
                method(root.get("method"), body),
                WebAddress.parse(text("url", root.get("url"))),
                headers(root.get("headers"), root.get("body")),
                body,
                expect(root.get("expect")),
                timeout(root.get("timeout")));
    }

    /** Whether this status completes the job. */
    boolean expects(int status) {
        return expect.isEmpty() ? status >= 200 && status < 300 : expect.contains(status);
    }

    /** The expected statuses for people. */
    String expectation() {
        if (expect.isEmpty()) {
            return "status 2xx";
        }
        var sorted = new TreeSet<>(expect).stream().map(String::valueOf).toList();
        return "status " + String.join(" or ", sorted);
    }

    /** The same call elsewhere, by another method or without its body. */
    HttpCall redirected(
            String newMethod,
            URI newUrl,
            Map<String, String> newHeaders,
            @Nullable String newBody) {
        return new HttpCall(newMethod, newUrl, newHeaders, newBody, expect, timeout);
    }

    private static String unknown(String name) {
        String known =
                Near.to(name, MEMBERS)
                        .map(near -> "did you mean '" + near + "'?")
                        .orElse("there are " + String.join(", ", MEMBERS));
        return "unknown member '%s'; %s".formatted(shortened(name), known);
    }

    private static String text(String name, @Nullable JsonNode node) throws Unfit {
        if (node == null || !node.isString()) {
            throw new Unfit("'%s' must be a string, got %s".formatted(name, type(node)));
        }
        return node.stringValue();
    }

    private static String method(@Nullable JsonNode node, @Nullable String body) throws Unfit {
        String given = text("method", node);
        String method = given.toUpperCase(Locale.ROOT);
        if (!METHODS.contains(method)) {
            throw new Unfit(
                    "'method' must be one of %s, got '%s'"
                            .formatted(String.join(", ", METHODS), shortened(given)));
        }
        if (body != null && (method.equals("GET") || method.equals("HEAD"))) {
            throw new Unfit("a %s has no body, got one".formatted(method));
        }
        return method;
    }

    private static @Nullable String body(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return null;
        }
        return node.isString() ? node.stringValue() : MAPPER.writeValueAsString(node);
    }

    private static Map<String, String> headers(@Nullable JsonNode node, @Nullable JsonNode body)
            throws Unfit {
        var headers = new LinkedHashMap<String, String>();
        if (body != null && !body.isNull()) {
            String type = body.isString() ? "text/plain; charset=utf-8" : "application/json";
            headers.put("Content-Type", type);
        }
        if (node == null || node.isNull()) {
            return headers;
        }
        if (!node.isObject() || node.size() > MAX_HEADERS) {
            throw new Unfit(
                    "'headers' must be an object of at most %d members, got %s"
                            .formatted(MAX_HEADERS, node.isObject() ? node.size() : type(node)));
        }
        for (var header : node.properties()) {
            String name = headerName(header.getKey());
            String value = text("headers." + name, header.getValue());
            if (value.length() > MAX_HEADER_LENGTH || !FIELD_VALUE.matcher(value).matches()) {
                throw new Unfit(
                        "the value of header '%s' must be printable ASCII, at most %d characters"
                                .formatted(name, MAX_HEADER_LENGTH));
            }
            headers.keySet().removeIf(name::equalsIgnoreCase);
            headers.put(name, value);
        }
        return headers;
    }

    private static String headerName(String name) throws Unfit {
        if (!TOKEN.matcher(name).matches()) {
            throw new Unfit("'%s' cannot be the name of a header".formatted(shortened(name)));
        }
        if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            throw new Unfit(
                    "header '%s' is written by the client itself and cannot be set"
                            .formatted(name));
        }
        return name;
    }

    private static Set<Integer> expect(@Nullable JsonNode node) throws Unfit {
        if (node == null || node.isNull()) {
            return Set.of();
        }
        var statuses = new TreeSet<Integer>();
        if (node.isArray() && !node.isEmpty() && node.size() <= 50) {
            for (JsonNode each : node) {
                statuses.add(status(each));
            }
        } else {
            statuses.add(status(node));
        }
        return statuses;
    }

    private static int status(JsonNode node) throws Unfit {
        if (!node.isInt() || node.intValue() < 200 || node.intValue() > 599) {
            throw new Unfit(
                    "'expect' must be a status from 200 to 599 or a list of up to 50 of them, got "
                            + (node.isInt() ? node.intValue() : type(node)));
        }
        return node.intValue();
    }

    private static Duration timeout(@Nullable JsonNode node) throws Unfit {
        if (node == null || node.isNull()) {
            return DEFAULT_TIMEOUT;
        }
        String given = text("timeout", node);
        Duration timeout;
        try {
            timeout = Durations.parse(given);
        } catch (RuntimeException e) {
            throw new Unfit("'timeout': " + e.getMessage());
        }
        if (timeout.compareTo(LEAST_TIMEOUT) < 0 || timeout.compareTo(MOST_TIMEOUT) > 0) {
            throw new Unfit("'timeout' must be 100ms to 10m, got '%s'".formatted(given));
        }
        return timeout;
    }

    private static String type(@Nullable JsonNode node) {
        return node == null ? "none" : node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "no detail" : message.lines().findFirst().orElse("no detail");
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
