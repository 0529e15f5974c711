package dev.millrace.remote;

import dev.millrace.job.MillraceException;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a remote worker names with all it says of a job: the fence, by which claim the job is held,
 * and a mark that only whoever was given the job knows.
 *
 * @param worker the worker's id in the store
 * @param claim the claim that took the job
 * @param mark letters, digits, - and _
 */
public record ClaimToken(long worker, long claim, String mark) {
    private static final int MARK_BYTES = 16;
    private static final Pattern SHAPE =
            Pattern.compile("([0-9]{1,18})\\.([0-9]{1,18})\\.([A-Za-z0-9_-]{1,64})");

    /**
     * The token of a claim.
     *
     * @param seal of the worker
     */
    static ClaimToken of(long worker, long claim, String seal) {
        return new ClaimToken(worker, claim, mark(claim, seal));
    }

    private static String mark(long claim, String seal) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(seal.getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
            byte[] all = mac.doFinal(Long.toString(claim).getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(all, MARK_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Whether it was made for this claim of a worker with this seal. */
    boolean isOf(String seal) {
        boolean isItsOwn = claim >>> 32 == worker;
        return isItsOwn
                && MessageDigest.isEqual(
                        mark.getBytes(StandardCharsets.US_ASCII),
                        mark(claim, seal).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Reads a token.
     *
     * @throws MillraceException with {@code invalid-input} when it is none
     */
    public static ClaimToken parse(String text) {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw MillraceException.invalid(
                    "a token must be the one that came with the job, such as"
                            + " 17.73014444033.xbV0cJ6n1n8, got something else of %d characters;"
                                    .formatted(text.length())
                            + " nothing was done");
        }
        return new ClaimToken(
                Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)), parts.group(3));
    }

    /** The form that {@link #parse} reads. */
    public String text() {
        return worker + "." + claim + "." + mark;
    }
}
