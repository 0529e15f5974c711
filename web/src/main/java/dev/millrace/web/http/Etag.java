package dev.millrace.web.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** Tags by which a client says that it has an answer already. */
public final class Etag {
    private static final int LENGTH = 22;

    private Etag() {}

    /** A tag of these bytes, with its quotes. */
    public static String of(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
            return '"' + text.substring(0, LENGTH) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** An answer that stays the same while the process runs: asked again, it is sent no more. */
    public static Response on(Response answer) {
        byte[] bytes =
                answer instanceof Response.Whole whole
                        ? whole.body()
                        : answer.headers().toString().getBytes(StandardCharsets.UTF_8);
        return answer.with("ETag", of(bytes)).with("Cache-Control", "no-cache");
    }

    /** 304 in place of an answer whose tag the client says. */
    static Response unlessKnown(Incoming incoming, Response answer) {
        String tag = answer.headers().get("ETag");
        boolean looking = incoming.method().equals("GET") || incoming.method().equals("HEAD");
        if (tag == null || !looking || answer.status() != 200) {
            return answer;
        }
        boolean known =
                incoming.header("If-None-Match").filter(said -> names(said, tag)).isPresent();
        return known ? new Response.Whole(304, answer.headers(), new byte[0]) : answer;
    }

    /** Whether a list of tags has one, weak or not: proxies that compress make tags weak. */
    private static boolean names(String said, String tag) {
        for (String each : said.split(",", 50)) {
            String one = each.strip();
            if (one.equals("*") || one.equals(tag) || one.equals("W/" + tag)) {
                return true;
            }
        }
        return false;
    }
}
