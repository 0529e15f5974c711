package dev.millrace.web.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Answers above 1 KiB go out compressed to whoever takes gzip. */
final class Compression {
    private static final int WORTH_IT = 1024;

    private Compression() {}

    static Response of(Incoming incoming, Response answer) {
        if (!(answer instanceof Response.Whole whole)
                || whole.body().length <= WORTH_IT
                || whole.headers().containsKey("Content-Encoding")
                || !isText(whole.headers().getOrDefault("Content-Type", ""))) {
            return answer;
        }
        if (!takesGzip(incoming.header("Accept-Encoding").orElse(""))) {
            return vary(answer);
        }
        Response zipped =
                vary(new Response.Whole(whole.status(), whole.headers(), gzip(whole.body())))
                        .with("Content-Encoding", "gzip");
        String tag = whole.headers().get("ETag");
        // other bytes: they mean the same, and only a weak tag says no more
        return tag == null || tag.startsWith("W/") ? zipped : zipped.with("ETag", "W/" + tag);
    }

    private static Response vary(Response answer) {
        String before = answer.headers().get("Vary");
        return answer.with(
                "Vary", before == null ? "Accept-Encoding" : before + ", Accept-Encoding");
    }

    private static boolean isText(String contentType) {
        return contentType.startsWith("text/")
                || contentType.startsWith("application/json")
                || contentType.startsWith("application/problem+json")
                || contentType.startsWith("application/javascript")
                || contentType.startsWith("image/svg+xml");
    }

    static boolean takesGzip(String accepted) {
        for (String each : accepted.split(",", 20)) {
            String[] parts = each.toLowerCase(Locale.ROOT).split(";", 2);
            String coding = parts[0].strip();
            if (coding.equals("gzip") || coding.equals("*")) {
                return parts.length == 1 || !parts[1].strip().matches("q=0(\\.0*)?");
            }
        }
        return false;
    }

    static byte[] gzip(byte[] plain) {
        var bytes = new ByteArrayOutputStream(plain.length / 4 + 64);
        try (var zipped = new Fast(bytes)) {
            zipped.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static final class Fast extends GZIPOutputStream {
        Fast(ByteArrayOutputStream out) throws IOException {
            super(out, 4096);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
