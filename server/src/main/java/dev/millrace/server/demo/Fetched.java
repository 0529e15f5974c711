package dev.millrace.server.demo;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A page as the store keeps it between two steps: all that a grade depends on, the body packed.
 *
 * @param homepage that was asked for
 * @param address that answered
 * @param status the HTTP status
 * @param headers those that matter, by lower-case name
 * @param body by gzip, in Base64
 * @param truncated whether more of the body was left unread
 * @param millis from the request to the end of the body
 */
record Fetched(
        String homepage,
        String address,
        int status,
        Map<String, List<String>> headers,
        String body,
        boolean truncated,
        long millis) {
    private static final Set<String> HEADERS = Set.of("content-type", "last-modified");

    static Fetched of(URI homepage, Page page) {
        var kept = new TreeMap<>(page.headers());
        kept.keySet().retainAll(HEADERS);
        return new Fetched(
                homepage.toString(),
                page.address().toString(),
                page.status(),
                kept,
                packed(page.body()),
                page.truncated(),
                page.elapsed().toMillis());
    }

    Page page() {
        return new Page(
                URI.create(address),
                status,
                headers,
                unpacked(body),
                truncated,
                Duration.ofMillis(millis));
    }

    private static String packed(Bytes bytes) {
        var packed = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(packed)) {
            out.write(bytes.toArray());
        } catch (IOException e) {
            throw new UncheckedIOException("packing in memory failed", e);
        }
        return Base64.getEncoder().encodeToString(packed.toByteArray());
    }

    /** At most as much as was packed, which was bounded. */
    private static Bytes unpacked(String body) {
        try (var in =
                new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(body)))) {
            return Bytes.copyOf(in.readNBytes(PageFetcher.MAX_BODY_BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException("a kept page cannot be unpacked", e);
        }
    }
}
