package dev.millrace.web.access;

import dev.millrace.store.AuditEntry;
import dev.millrace.web.text.JsonLine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Tells of sign-ins that were refused: of the first as a user from an address at once, of those
 * that follow how many there were, by the minute. Of {@value #MOST_KEPT} users and addresses at a
 * time; those beyond are told of together. Thread-safe.
 */
final class FailedSignIns {
    private static final Logger LOG = LoggerFactory.getLogger(FailedSignIns.class);
    private static final int MOST_KEPT = 200;
    static final Duration TOGETHER = Duration.ofMinutes(1);
    private static final Try OTHERS = new Try("others", "many");

    private final Consumer<AuditEntry> log;
    private final Map<Try, Tally> tallies = new HashMap<>();

    private record Try(String user, String address) {}

    private static final class Tally {
        private Instant since;
        private long untold;
        private String why = "";

        private Tally(Instant since) {
            this.since = since;
        }

        boolean isOver(Instant now) {
            return !since.plus(TOGETHER).isAfter(now);
        }
    }

    /** Tells a log. */
    FailedSignIns(Consumer<AuditEntry> log) {
        this.log = log;
    }

    /**
     * A sign-in was refused.
     *
     * @param user who it was tried as; empty for a name that nobody has, which may be a password
     *     typed in the wrong place
     * @param why the code of the refusal
     */
    void refused(String user, String address, String why, Instant now) {
        count(new Try(user, address), why, now).ifPresent(log);
    }

    private synchronized Optional<AuditEntry> count(Try each, String why, Instant now) {
        boolean isNew = !tallies.containsKey(each);
        Try counted = isNew && tallies.size() >= MOST_KEPT ? OTHERS : each;
        Tally tally = tallies.get(counted);
        boolean isTold = tally == null || tally.isOver(now);
        if (tally == null) {
            tally = new Tally(now);
            tallies.put(counted, tally);
        }
        tally.untold++;
        tally.why = why;
        return isTold ? Optional.of(told(counted, tally, now)) : Optional.empty();
    }

    /** Tells of all that it has not told of. */
    void close(Instant now) {
        var due = new ArrayList<AuditEntry>();
        drain(now, due, true);
        due.forEach(log);
    }

    /** Tells of those whose minute is over; answers whether there are others. */
    boolean flush(Instant now) {
        var due = new ArrayList<AuditEntry>();
        boolean more = drain(now, due, false);
        due.forEach(log);
        return more;
    }

    private synchronized boolean drain(Instant now, List<AuditEntry> due, boolean all) {
        var each = tallies.entrySet().iterator();
        while (each.hasNext()) {
            var next = each.next();
            Tally tally = next.getValue();
            if (all || tally.isOver(now)) {
                if (tally.untold == 0) {
                    each.remove();
                } else {
                    due.add(told(next.getKey(), tally, now));
                }
            }
        }
        return !tallies.isEmpty();
    }

    private static AuditEntry told(Try counted, Tally tally, Instant now) {
        long tries = tally.untold;
        tally.untold = 0;
        tally.since = now;
        String user = counted.user().isEmpty() ? "an unknown user" : "user " + counted.user();
        LOG.atWarn()
                .addKeyValue("user", user)
                .addKeyValue("address", counted.address())
                .addKeyValue("tries", tries)
                .log("sign-in refused: {}", tally.why);
        return new AuditEntry(
                0,
                now,
                "",
                "",
                "signIn",
                user,
                null,
                new JsonLine().with("refused", tally.why).with("tries", tries).toString(),
                counted.address());
    }
}
