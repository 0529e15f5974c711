package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A request whose route was found and whose parameters fit. Used by the request's own thread. */
public final class Request {
    private final Incoming incoming;
    private final Route route;
    private Who who;
    private final Map<Parameter<?>, Object> values;
    private Note note;
    private final Visit visit;
    private Optional<Boolean> traced = Optional.empty();
    private byte[] body = {};
    private boolean doneInPart;
    private final Supplier<Who> asked;

    Request(
            Incoming incoming,
            Route route,
            Who who,
            Map<Parameter<?>, Object> values,
            Visit visit,
            Supplier<Who> asked) {
        this.visit = visit;
        this.asked = asked;
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

    /**
     * Who asks, found out anew: for requests that take long, whose session or token may have ended
     * meanwhile. Cost as at the beginning.
     *
     * @throws Refused when it has
     */
    public Who whoNow() {
        return asked.get();
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

    /** The same of what is done now: it is told of also when what follows fails. */
    public void did(String newTarget, @Nullable String newBefore, @Nullable String newAfter) {
        tell(newTarget, newBefore, newAfter);
        doneInPart();
    }

    /** From here on something is done, and is to be told of also when the rest is not. */
    public void doneInPart() {
        doneInPart = true;
    }

    /** Whether something was done, also when it was refused in the end. */
    boolean isDoneInPart() {
        return doneInPart;
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

    /** How long it takes: only who says that they wait do. */
    Route.Pace pace() {
        boolean asks = values.keySet().stream().anyMatch(each -> each.name().equals("wait"));
        return route.pace() == Route.Pace.WAIT && !asks ? Route.Pace.SHORT : route.pace();
    }

    /**
     * Makes room for what the answer takes while it is made, in place of what was said before; may
     * wait for others to end.
     *
     * @param bytes about as many as the answer will have
     * @throws Refused with 503 when there is none
     */
    public void load(long bytes) throws InterruptedException {
        visit.loadAnswer(bytes);
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

    void take(byte[] read) {
        body = read;
    }

    /**
     * The whole body as text.
     *
     * @throws Refused when it is no UTF-8
     */
    public String text() {
        var in = ByteBuffer.wrap(body);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException e) {
            int at = in.position();
            throw new Refused(
                    Problem.of(400, "invalid-encoding", "the body must be UTF-8")
                            .expectedGot(
                                    "UTF-8",
                                    "byte 0x%02X at position %d"
                                            .formatted(body[at] & 0xFF, at + 1)),
                    e);
        }
    }

    /** The body as it comes, of a route that reads a stream; it bounds what it keeps of it. */
    public InputStream stream() {
        return incoming.body();
    }
}
