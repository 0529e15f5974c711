package dev.millrace.web.http;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;

/**
 * A request, and what it holds of the {@link Gate} until it has ended. Used by one thread at a
 * time.
 */
final class Visit {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Shorter bodies and answers count for nothing: the bounds on requests bound them. */
    private static final int LIGHT = 16 << 10;

    private final Gate gate;
    private Optional<Route> route = Optional.empty();
    private boolean inside;
    private String caller = Shares.ANYBODY;
    private @Nullable Held place;
    private @Nullable Held bodyBytes;
    private @Nullable Held answerBytes;

    private record Held(Shares shares, String caller, long amount) {
        void giveBack() {
            shares.give(caller, amount);
        }
    }

    Visit(Gate gate) {
        this.gate = gate;
    }

    Optional<Route> route() {
        return route;
    }

    /**
     * Begins, with a place for finding out who asks.
     *
     * @throws Refused with 503 when there is none
     */
    void begin(Route its) {
        route = Optional.of(its);
        if (its.pace() == Route.Pace.INSTANT) {
            return;
        }
        inside = gate.enter();
        if (!inside) {
            throw busy("stopping", "the server is stopping; nothing was done");
        }
        place(its.pace() == Route.Pace.CHECK ? Route.Pace.CHECK : Route.Pace.SHORT);
    }

    /** From here on it is known who asks. */
    void by(Who who, Incoming incoming) {
        caller =
                switch (who.kind()) {
                    case EVERYBODY -> Shares.ANYBODY;
                    case NOBODY -> "address " + Network.household(incoming.address());
                    case USER -> "user " + who.name();
                    case TOKEN -> "token " + who.name();
                };
    }

    /**
     * Takes a place of a sort in place of the one it has. Of those for requests that take long
     * nobody gets more than they leave to others.
     */
    void place(Route.Pace pace) {
        if (pace == Route.Pace.INSTANT) {
            return;
        }
        boolean shared = pace != Route.Pace.SHORT && pace != Route.Pace.CHECK;
        place(gate.places(pace), shared ? caller : Shares.ANYBODY);
    }

    /** The same for a body that is to come. */
    void placeOfBody(Who who) {
        place(gate.bodies(who), caller);
    }

    private void place(Shares places, String by) {
        if (place != null && place.shares() == places) {
            return;
        }
        leavePlace();
        if (!places.take(by, 1)) {
            throw busy(
                    "busy",
                    "as many requests are under way as are allowed at once; nothing was done, ask"
                            + " again");
        }
        place = new Held(places, by, 1);
    }

    /** Its work is done; what is left is to send the answer. */
    void leavePlace() {
        if (place != null) {
            place.giveBack();
            place = null;
        }
    }

    /** Makes room for a body; waits for others to end. */
    void loadBody(long bytes) throws InterruptedException {
        if (bytes > LIGHT) {
            Shares shares = gate.bodyBytes();
            long wanted = Math.min(bytes, shares.most() / 4);
            if (!shares.take(caller, wanted, PATIENCE)) {
                throw busy(
                        "busy",
                        "as many large bodies are under way as there is room for; nothing was done,"
                                + " ask again");
            }
            bodyBytes = new Held(shares, caller, wanted);
        }
    }

    /** Makes room for an answer of so many bytes, in place of what was said before. */
    void loadAnswer(long bytes) throws InterruptedException {
        Shares shares = gate.answerBytes();
        long wanted = bytes <= LIGHT ? 0 : Math.min(bytes, shares.most() / 4);
        long has = answerBytes == null ? 0 : answerBytes.amount();
        if (wanted > has && !shares.take(caller, wanted - has, PATIENCE)) {
            throw busy(
                    "busy", "as many large answers are under way as there is room for; ask again");
        }
        if (wanted < has) {
            shares.give(caller, has - wanted);
        }
        answerBytes = new Held(shares, caller, wanted);
    }

    /** It has ended. */
    void end() {
        leavePlace();
        if (bodyBytes != null) {
            bodyBytes.giveBack();
            bodyBytes = null;
        }
        if (answerBytes != null) {
            answerBytes.giveBack();
            answerBytes = null;
        }
        if (inside) {
            inside = false;
            gate.leave();
        }
    }

    private static Refused busy(String code, String detail) {
        return new Refused(Problem.of(503, code, detail).retryAfter(Gate.comeBackAfter()));
    }
}
