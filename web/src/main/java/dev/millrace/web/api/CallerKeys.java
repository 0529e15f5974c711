package dev.millrace.web.api;

import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Who;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Idempotency keys as each caller has them for themselves: one that two callers say stands for two
 * requests. Where access is open there is one caller.
 */
final class CallerKeys {
    private CallerKeys() {}

    /** A request whose key, if it has one, is only this caller's. */
    static JobRequest<RawJson> own(Who who, JobRequest<RawJson> job) {
        String said = job.options().idempotencyKey();
        return said == null || who.kind() == Who.Kind.EVERYBODY
                ? job
                : job.idempotencyKey("of:" + hash(who.kind() + " " + who.name() + "\n" + said));
    }

    /** A refusal, without the name of a job nor the key as it is kept. */
    static Problem problem(MillraceException why) {
        return why.code() == MillraceException.Code.IDEMPOTENCY_CONFLICT
                ? Problem.of(
                        422,
                        why.code().text(),
                        "an idempotency key must come with the same request each time, got another"
                                + " than the first one; nothing was accepted")
                : Problem.of(422, why.code().text(), String.valueOf(why.getMessage()));
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
