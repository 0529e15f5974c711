package dev.millrace.web.http;

import java.util.Optional;
import java.util.Set;

/**
 * Which pages of other sites may ask from a browser, with a token; never with the cookie of a
 * session. None, unless configured. Immutable.
 *
 * @param origins such as {@code https://app.example.com}, exactly as browsers write them
 */
public record Cors(Set<String> origins) {
    private static final String HEADERS =
            "Authorization, Content-Type, Idempotency-Key, Last-Event-ID";
    private static final String EXPOSED = "Location, ETag, Retry-After";

    /** Copies the origins. */
    public Cors {
        origins = Set.copyOf(origins);
        for (String origin : origins) {
            if (!origin.matches("https?://[a-z0-9.\\[\\]:-]{1,255}")) {
                throw new IllegalArgumentException(
                        "an origin must be like https://app.example.com, in lower case and without"
                                + " a path, got '%s'".formatted(Percent.shortened(origin)));
            }
        }
    }

    /** No page of another site may. */
    public static Cors none() {
        return new Cors(Set.of());
    }

    boolean allows(Incoming incoming) {
        return incoming.header("Origin").filter(origins::contains).isPresent();
    }

    /** Says so in an answer, where origins are configured at all. */
    Response on(Incoming incoming, Response answer) {
        if (origins.isEmpty()) {
            return answer;
        }
        String before = answer.headers().get("Vary");
        Response varied = answer.with("Vary", before == null ? "Origin" : before + ", Origin");
        Optional<String> origin = incoming.header("Origin").filter(origins::contains);
        if (origin.isEmpty()) {
            return varied;
        }
        Response allowed =
                varied.with("Access-Control-Allow-Origin", origin.get())
                        .with("Access-Control-Expose-Headers", EXPOSED);
        String allow = answer.headers().get("Allow");
        boolean asksFirst = incoming.header("Access-Control-Request-Method").isPresent();
        return asksFirst && allow != null
                ? allowed.with("Access-Control-Allow-Methods", allow)
                        .with("Access-Control-Allow-Headers", HEADERS)
                        .with("Access-Control-Max-Age", "600")
                : allowed;
    }
}
