package dev.millrace.remote;

import dev.millrace.job.MillraceException;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a remote worker is told when it registers and names with all it says of itself: its id, and
 * a secret that nobody else was told. The store keeps only a seal, which stands for the secret.
 *
 * @param id in the store
 * @param secret letters, digits, - and _
 */
public record WorkerKey(long id, String secret) {
    private static final int BYTES = 24;
    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,18})\\.([A-Za-z0-9_-]{1,100})");

    /** A secret: 192 bits. */
    static String secret(RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** What stands for a secret where it is kept. */
    static String seal(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * Reads a key.
     *
     * @throws MillraceException with {@code invalid-input} when it is none; says nothing of it
     */
    public static WorkerKey parse(String text) {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw MillraceException.invalid(
                    "'worker' must be what 'register' answered, a number, a dot and a secret, got"
                            + " something else of %d characters; nothing was done"
                                    .formatted(text.length()));
        }
        return new WorkerKey(Long.parseLong(parts.group(1)), parts.group(2));
    }

    /** The form that {@link #parse} reads. */
    public String text() {
        return id + "." + secret;
    }

    /** The id alone: the secret is not for logs. */
    @Override
    public String toString() {
        return "worker " + id;
    }
}
