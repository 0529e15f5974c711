package dev.millrace.web.api;

import dev.millrace.admin.BulkAction;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Who;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Previews that look at once: few, and of somebody who said who they are one, so that nobody takes
 * them all. Whoever asks again has the one before end with what it has counted: its page has gone
 * on to another question. Thread-safe.
 */
final class Previews {
    private static final int MOST = 2;
    private static final int COUNTED = 10_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final List<Begun> begun = new ArrayList<>();

    private record Begun(String caller, BulkAction action) {}

    /**
     * Counts.
     *
     * @throws Refused with 429 when as many as may be look already
     */
    BulkAction.Preview look(Who who, BulkAction action) throws InterruptedException {
        String caller = caller(who);
        var mine = new Begun(caller, action);
        enter(mine);
        try {
            return action.preview(COUNTED);
        } finally {
            leave(mine);
        }
    }

    /** By whom things are counted; empty for everybody, where nobody says who they are. */
    static String caller(Who who) {
        return who.name().isEmpty() ? "" : who.kind() + " " + who.name();
    }

    private synchronized void enter(Begun mine) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (isOfSame(mine)) {
            begun.stream()
                    .filter(each -> each.caller().equals(mine.caller()))
                    .forEach(each -> each.action().cancel());
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw tooMany();
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        if (begun.size() >= MOST) {
            throw tooMany();
        }
        begun.add(mine);
    }

    private boolean isOfSame(Begun mine) {
        return !mine.caller().isEmpty()
                && begun.stream().anyMatch(each -> each.caller().equals(mine.caller()));
    }

    private synchronized void leave(Begun mine) {
        begun.remove(mine);
        notifyAll();
    }

    private static Refused tooMany() {
        return new Refused(
                Problem.of(
                                429,
                                "too-many-actions",
                                "at most %d previews look at once; nothing was counted, ask again"
                                        .formatted(MOST))
                        .retryAfter(BulkAction.PREVIEWED_FOR));
    }
}
