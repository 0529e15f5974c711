package dev.millrace.web.access;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Service;
import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Who;
import dev.millrace.web.http.Witness;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Keeps what was done, in the store, and forgets it in time: what is older than its age, and what
 * is beyond the newest so many; with it go sessions that have expired. What the store refuses to
 * keep is written to the log instead, whole. Thread-safe; started once, closed once.
 */
public final class AuditLog implements Witness, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final Duration REST = Duration.ofMinutes(10);
    private static final Duration BETWEEN_STEPS = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int STEP = 1_000;
    private static final int MOST_TARGET = 300;

    private final AccessStore store;
    private final Clock clock;
    private final Keeping keeping;
    private final Service upkeep;

    /**
     * How much is kept.
     *
     * @param age older entries are forgotten, within minutes
     * @param most of more than these the oldest are
     */
    public record Keeping(Duration age, long most) {
        /** A year, and a million entries. */
        public static Keeping standard() {
            return new Keeping(Duration.ofDays(365), 1_000_000);
        }
    }

    /** A log that forgets nothing until it is started. */
    public AuditLog(AccessStore store, Clock clock, RandomGenerator random, Keeping keeping) {
        this.store = store;
        this.clock = clock;
        this.keeping = keeping;
        this.upkeep = new Service("millrace-audit", Service.On.VIRTUAL, random, this::tidy);
    }

    /** Begins to forget what is old. */
    public void start() {
        upkeep.start();
    }

    @Override
    public void saw(Request request, Response response) {
        Who who = request.who();
        Request.Note note = request.note();
        var entry =
                new AuditEntry(
                        0,
                        clock.instant(),
                        cut(who.name()),
                        who.role().map(Role::text).orElse(""),
                        request.route().operation(),
                        cut(note.target()),
                        bounded(note.before()),
                        bounded(note.after()),
                        cut(request.incoming().address()));
        try {
            store.audit(List.of(entry));
        } catch (MillraceException e) {
            LOG.error("an audit entry was not kept by the store: {}", entry, e);
        }
    }

    private static String cut(String text) {
        String clean = text.replace('\0', ' ');
        return clean.length() > MOST_TARGET ? clean.substring(0, MOST_TARGET) + "…" : clean;
    }

    private static @Nullable String bounded(@Nullable String json) {
        return json == null || json.length() <= AuditEntry.MOST_CHARS
                ? json
                : "{\"tooLong\":" + json.length() + "}";
    }

    /** One bounded step; answers how long to rest after it. */
    Duration tidy() {
        Instant now = clock.instant();
        int gone =
                store.forgetAudit(now.minus(keeping.age()), keeping.most(), STEP)
                        + store.expireSignIns(now, STEP);
        return gone >= STEP ? BETWEEN_STEPS : REST;
    }

    @Override
    public void close() {
        try {
            upkeep.stop(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
