package dev.millrace.web.http;

import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A request whose route was found and whose parameters fit. Used by the request's own thread. */
public final class Request {
    /** How long a body that is read whole may take. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private static final int PIECE = 16 << 10;

    private final Incoming incoming;
    private final Route route;
    private Who who;
    private final Map<Parameter<?>, Object> values;
    private Note note;
    private Optional<Boolean> traced = Optional.empty();

    Request(Incoming incoming, Route route, Who who, Map<Parameter<?>, Object> values) {
        this.incoming = incoming;
        this.route = route;
        this.who = who;
        this.values = Map.copyOf(values);
        this.note = new Note(incoming.path(), null, null);
    }

    /** The route that was found. */
    public Route route() {
        return route;
    }

    /**
     * Who asks. Has the role that the route needs; on which queues, the handler asks here. {@link
     * Who#nobody} where the route needs nothing.
     */
    public Who who() {
        return who;
    }

    /** From here on somebody asks who has just shown who they are. */
    public void became(Who other) {
        who = other;
    }

    /** The request as it was sent. */
    public Incoming incoming() {
        return incoming;
    }

    /**
     * Says for the audit log what is done to what; whatever was said before for the same is
     * replaced.
     *
     * @param newTarget such as {@code job 7}
     * @param newBefore how that stands, as JSON; {@code null} when there is nothing to tell
     * @param newAfter how it stands then, or what is asked for, as JSON
     */
    public void tell(String newTarget, @Nullable String newBefore, @Nullable String newAfter) {
        note = new Note(newTarget, newBefore, newAfter);
    }

    /** Has this kept in the audit log, or not, whatever the route says of it. */
    public void traced(boolean kept) {
        traced = Optional.of(kept);
    }

    /** Whether the handler said that this is to be kept; empty when it said nothing. */
    Optional<Boolean> traced() {
        return traced;
    }

    /** What the audit log is to be told; the path, while the handler said nothing. */
    public Note note() {
        return note;
    }

    /**
     * What is done to what.
     *
     * @param target to what
     * @param before how that stood, as JSON
     * @param after how it stands then, as JSON
     */
    public record Note(String target, @Nullable String before, @Nullable String after) {}

    /** Whether only the head of the answer is wanted. */
    public boolean isHead() {
        return incoming.method().equals("HEAD");
    }

    /** A parameter of the path, or one with a default. */
    public <T> T get(Parameter<T> parameter) {
        return find(parameter)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "parameter '%s' may be missing".formatted(parameter.name())));
    }

    /** A parameter, its default when it was not said; empty when there is none. */
    @SuppressWarnings("unchecked") // it was put in under its own parameter
    public <T> Optional<T> find(Parameter<T> parameter) {
        Object value = values.get(parameter);
        return Optional.ofNullable(value == null ? parameter.otherwise() : (T) value);
    }

    /** The first header of that name, in any case. */
    public Optional<String> header(String name) {
        return incoming.header(name);
    }

    /** The content type without its parameters, in lower case; empty when none was said. */
    public String contentType() {
        return mediaType(incoming);
    }

    static String mediaType(Incoming incoming) {
        String said = incoming.header("Content-Type").orElse("");
        int semicolon = said.indexOf(';');
        return (semicolon < 0 ? said : said.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /**
     * The whole body as text.
     *
     * @throws Refused when it is longer than the route accepts, or no UTF-8
     * @throws IOException when the client is gone
     */
    public String text() throws IOException {
        long most = route.body().map(Route.Body::maxBytes).orElse(0L);
        int bound = (int) Math.min(most, Integer.MAX_VALUE - 16);
        if (incoming.length() > bound) {
            throw tooLong(bound, Long.toString(incoming.length()));
        }
        byte[] bytes = read(incoming.body(), bound + 1);
        if (bytes.length > bound) {
            throw tooLong(bound, "more");
        }
        var in = ByteBuffer.wrap(bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException e) {
            int at = in.position();
            throw new Refused(
                    Problem.of(400, "invalid-encoding", "the body must be UTF-8")
                            .expectedGot(
                                    "UTF-8",
                                    "byte 0x%02X at position %d"
                                            .formatted(bytes[at] & 0xFF, at + 1)),
                    e);
        }
    }

    /** At most so many bytes, which must not come drop by drop for ever. */
    private static byte[] read(InputStream in, int most) throws IOException {
        long began = System.nanoTime();
        var bytes = new ByteArrayOutputStream();
        byte[] piece = new byte[PIECE];
        int read = 0;
        while (read >= 0 && bytes.size() < most) {
            read = in.read(piece, 0, Math.min(PIECE, most - bytes.size()));
            if (read > 0) {
                bytes.write(piece, 0, read);
            }
            if (System.nanoTime() - began > LONGEST.toNanos()) {
                throw new Refused(
                        Problem.of(
                                        408,
                                        "too-slow",
                                        "the body must come within %s; nothing was accepted"
                                                .formatted(Durations.text(LONGEST)))
                                .header("Connection", "close"));
            }
        }
        return bytes.toByteArray();
    }

    /** The body as it comes; the route bounds what it keeps of it. */
    public InputStream stream() {
        return incoming.body();
    }

    /** A refusal of a body that is too long. */
    public static Refused tooLong(long bound, String got) {
        return new Refused(
                Problem.of(
                                413,
                                "too-large",
                                "the body must have at most %d bytes; nothing was accepted"
                                        .formatted(bound))
                        .expectedGot("at most %d bytes".formatted(bound), got));
    }
}
