package dev.millrace.queue;

import dev.millrace.job.JobRequest;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

/** What two requests with one idempotency key must be equal in: all but when they were made. */
final class Fingerprint {
    private static final int BYTES = 16;

    private Fingerprint() {}

    /** The first 128 bits of a SHA-256 over the request, in hexadecimal. */
    static String of(JobRequest<?> request, NewJob job) {
        var text = new StringBuilder();
        part(text, job.kind());
        part(text, job.version());
        part(text, job.queue());
        part(text, job.priority());
        part(text, request.start());
        part(text, job.maxAttempts());
        part(text, request.retry());
        part(text, job.tags());
        part(text, request.options().unique());
        part(text, request.options().expiry());
        part(text, request.options().timeout());
        part(text, new TreeMap<>(request.options().keys()));
        if (request.options().weight() != 1) {
            part(text, request.options().weight());
        }
        part(text, job.payload());
        byte[] digest = sha256().digest(text.toString().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, BYTES);
    }

    /** Its length in front, so that no two lists of parts read the same. */
    private static void part(StringBuilder text, @Nullable Object value) {
        String part = String.valueOf(value);
        text.append(part.length()).append(':').append(part);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
