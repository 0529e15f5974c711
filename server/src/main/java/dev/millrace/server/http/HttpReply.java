package dev.millrace.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.flow.BoundedBody;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What came back, bounded.
 *
 * @param url that answered in the end
 * @param status of the answer
 * @param headers all of them
 * @param body its beginning
 */
record HttpReply(URI url, int status, HttpHeaders headers, BoundedBody.Kept body) {
    private static final int MAX_HEADER = 1_000;
    private static final int EXCERPT = 200;

    /** The headers that a result keeps. */
    private static final List<String> OF_INTEREST =
            List.of(
                    "content-type",
                    "content-length",
                    "content-encoding",
                    "content-language",
                    "date",
                    "etag",
                    "last-modified",
                    "cache-control",
                    "expires",
                    "location",
                    "link",
                    "retry-after",
                    "x-request-id");

    private static final Pattern CHARSET =
            Pattern.compile("charset\\s*=\\s*\"?([A-Za-z0-9._:-]{1,40})", Pattern.CASE_INSENSITIVE);

    static HttpReply of(HttpResponse<BoundedBody.Kept> response) {
        return new HttpReply(
                response.uri(), response.statusCode(), response.headers(), response.body());
    }

    /**
     * The job's result: {@code {status, url, headers, body | bodyBase64, truncated}}. A body that
     * is no text in its own character set comes in base 64.
     */
    Map<String, Object> result() {
        var kept = new LinkedHashMap<String, String>();
        for (String name : OF_INTEREST) {
            headers.firstValue(name).ifPresent(value -> kept.put(name, bounded(value)));
        }
        var result = new LinkedHashMap<String, Object>();
        result.put("status", status);
        result.put("url", url.toString());
        result.put("headers", kept);
        Optional<String> text = text();
        if (text.isPresent()) {
            result.put("body", text.get());
        } else {
            result.put("bodyBase64", Base64.getEncoder().encodeToString(body.bytes()));
        }
        result.put("truncated", !body.whole());
        return result;
    }

    /** The beginning of the body on one line, for an error's text; empty when there is none. */
    String excerpt() {
        String line = text().orElse("").replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        if (line.isEmpty()) {
            return "";
        }
        return ": " + (line.length() <= EXCERPT ? line : line.substring(0, EXCERPT) + "…");
    }

    private Optional<String> text() {
        var decoder =
                charset()
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        var in = ByteBuffer.wrap(body.bytes());
        var out = CharBuffer.allocate((int) (in.remaining() * (double) decoder.maxCharsPerByte()));
        // a character that was cut in two at the bound is left out
        if (decoder.decode(in, out, body.whole()).isError()) {
            return Optional.empty();
        }
        return Optional.of(out.flip().toString());
    }

    private Charset charset() {
        var named = CHARSET.matcher(headers.firstValue("content-type").orElse(""));
        if (!named.find()) {
            return UTF_8;
        }
        try {
            return Charset.forName(named.group(1));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return UTF_8;
        }
    }

    private static String bounded(String value) {
        return value.length() <= MAX_HEADER ? value : value.substring(0, MAX_HEADER) + "…";
    }
}
