package dev.millrace.web.access;

import dev.millrace.job.MillraceException;
import dev.millrace.loop.Service;
import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Who;
import dev.millrace.web.http.Witness;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Keeps what was done, in the store, and forgets it in time: what is older than its age, and what
 * is beyond the newest so many; with it go sessions that have expired. What the store does not keep
 * at once is written to the log, whole, and kept later: the latest {@value #MOST_LATE} of it. Such
 * an entry may then be there twice, where the store did keep it without answering. Thread-safe;
 * started once, closed once.
 */
public final class AuditLog implements Witness, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final Duration REST = Duration.ofMinutes(10);
    private static final Duration BETWEEN_STEPS = Duration.ofMillis(200);
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int STEP = 1_000;
    private static final int MOST_TARGET = 300;
    private static final int MOST_LATE = 1_000;
    private static final int BEGINNING = 500;

    private final AccessStore store;
    private final Clock clock;
    private final Keeping keeping;
    private final Service upkeep;
    private final FailedSignIns failures = new FailedSignIns(this::keep);
    private final ArrayDeque<AuditEntry> late = new ArrayDeque<>();

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
        this.upkeep = new Service("millrace-audit", random, this::tidy);
    }

    /** Begins to forget what is old. */
    public void start() {
        upkeep.start();
    }

    @Override
    public boolean saw(Request request) {
        Who who = request.who();
        Request.Note note = request.note();
        return keep(
                new AuditEntry(
                        0,
                        clock.instant(),
                        cut(who.name()),
                        who.role().map(Role::text).orElse(""),
                        request.route().operation(),
                        cut(note.target()),
                        bounded(note.before()),
                        bounded(note.after()),
                        cut(request.incoming().address())));
    }

    /**
     * Somebody was not let in.
     *
     * @param user who they said they are; empty when nobody has that name
     * @param why the code of the refusal
     */
    void refused(String user, String address, String why) {
        failures.refused(cut(user), cut(address), why, clock.instant());
        upkeep.wake();
    }

    /** Answers whether the store keeps it. */
    private boolean keep(AuditEntry entry) {
        try {
            store.audit(List.of(entry));
            return true;
        } catch (MillraceException e) {
            LOG.error(
                    "an audit entry was not kept by the store, which is asked again: {}", entry, e);
            synchronized (late) {
                if (late.size() == MOST_LATE) {
                    late.removeFirst();
                }
                late.addLast(entry);
            }
            upkeep.wake();
            return false;
        }
    }

    /** Keeps what is late; answers whether nothing is any more. */
    private boolean catchUp() {
        List<AuditEntry> entries;
        synchronized (late) {
            entries = List.copyOf(late);
        }
        if (entries.isEmpty()) {
            return true;
        }
        try {
            store.audit(entries);
        } catch (MillraceException e) {
            LOG.warn("{} audit entries are not kept by the store yet", entries.size(), e);
            return false;
        }
        synchronized (late) {
            late.removeAll(entries);
            return late.isEmpty();
        }
    }

    private static String cut(String text) {
        String clean = text.replace('\0', ' ');
        return clean.length() > MOST_TARGET ? clean.substring(0, MOST_TARGET) + "…" : clean;
    }

    /** Of what is too long, how it begins. */
    private static @Nullable String bounded(@Nullable String json) {
        return json == null || json.length() <= AuditEntry.MOST_CHARS
                ? json
                : new JsonLine()
                        .with("tooLong", json.length())
                        .with("begins", json.substring(0, BEGINNING))
                        .toString();
    }

    /** One bounded step; answers how long to rest after it. */
    Duration tidy() {
        if (!catchUp()) {
            return BETWEEN_TRIES;
        }
        Instant now = clock.instant();
        boolean isCounting = failures.flush(now);
        int gone =
                store.forgetAudit(now.minus(keeping.age()), keeping.most(), STEP)
                        + store.expireSignIns(now, STEP);
        return gone >= STEP ? BETWEEN_STEPS : isCounting ? FailedSignIns.TOGETHER : REST;
    }

    @Override
    public void close() {
        try {
            upkeep.stop(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        failures.close(clock.instant());
        catchUp();
    }
}
