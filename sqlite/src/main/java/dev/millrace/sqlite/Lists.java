package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.sqlite.Places.Place;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** One page of a list: looks at no more than {@value #LOOKED_AT} rows. */
final class Lists {
    private static final Logger LOG = LoggerFactory.getLogger(Lists.class);

    /** The most rows that one page looks at. */
    static final int LOOKED_AT = 10_000;

    /** The most payload that one page looks into, in characters. */
    private static final long READ_CHARS = 16 << 20;

    private static final String SCHEDULED =
            """
            SELECT run_at, job_id, attempt, rescues, backing_off, lane FROM scheduled
            WHERE (run_at, job_id) > (?, ?) ORDER BY run_at, job_id LIMIT ?\
            """;
    private static final String SCHEDULED_ONE =
            """
            SELECT run_at, job_id, attempt, rescues, backing_off FROM scheduled
            WHERE run_at = ? AND job_id = ?\
            """;
    private static final String RUNNING =
            """
            SELECT job_id, attempt, rescues, worker_id, claimed_at, lane FROM running
            WHERE worker_id IN (SELECT id FROM worker) AND job_id < ?
            ORDER BY job_id DESC LIMIT ?\
            """;
    private static final String DISCARDED =
            """
            SELECT job_id, attempt, at, lane FROM discarded
            WHERE job_id < ? ORDER BY job_id DESC LIMIT ?\
            """;
    private static final String DISCARDED_ONE =
            "SELECT job_id, attempt, at, lane FROM discarded WHERE job_id = ?";
    private static final String ENDED =
            """
            SELECT job_id, attempt, outcome, ended_at, result FROM history
            WHERE job_id < ? ORDER BY job_id DESC, seq DESC LIMIT ?\
            """;
    private static final String ALL =
            """
            SELECT id, lane, rank, max_attempts, pos, created_at, payload, tags, terms
            FROM job WHERE id < ? ORDER BY id DESC LIMIT ?\
            """;
    private static final String ALL_BARE =
            """
            SELECT id, lane, rank, max_attempts, pos, created_at, '', NULL, NULL
            FROM job WHERE id < ? ORDER BY id DESC LIMIT ?\
            """;

    private final Session session;
    private final JobFilter filter;
    private final int limit;
    private final boolean idsOnly;
    private final List<Long> ids = new ArrayList<>();
    private final List<JobSnapshot> items = new ArrayList<>();
    private int looked;
    private long chars;

    private Lists(Session session, JobFilter filter, int limit, boolean idsOnly) {
        this.session = session;
        this.filter = filter;
        this.limit = limit;
        this.idsOnly = idsOnly;
    }

    /** The jobs of a page. */
    static JobPage page(Session session, JobFilter filter, int limit, @Nullable String cursor)
            throws SQLException {
        var list = new Lists(session, filter, limit, false);
        var next = list.read(Cursor.parse(cursor));
        return new JobPage(list.items, next == null ? null : next.text(), list.looked);
    }

    /** The ids of the jobs of a page. */
    static JobIdPage ids(Session session, JobFilter filter, int limit, @Nullable String cursor)
            throws SQLException {
        var list = new Lists(session, filter, limit, true);
        var next = list.read(Cursor.parse(cursor));
        return new JobIdPage(list.ids, next == null ? null : next.text(), list.looked);
    }

    private @Nullable Cursor read(@Nullable Cursor from) throws SQLException {
        return switch (filter.state()) {
            case AVAILABLE -> available(from);
            case SCHEDULED -> scheduled(from);
            case RUNNING -> running(from);
            case DISCARDED -> discarded(from);
            case COMPLETED, CANCELLED, EXPIRED -> ended(from, filter.state());
            case null -> all(from);
        };
    }

    private boolean isFull() {
        return ids.size() == limit || looked == LOOKED_AT || chars >= READ_CHARS;
    }

    private @Nullable Cursor available(@Nullable Cursor from) throws SQLException {
        var lanes = session.lanes().matching(this::passes);
        long rank = from == null ? -1 : from.major();
        long pos = from == null ? -1 : from.minor();
        try (var heads = LaneMerge.withLines(session, lanes, (int) rank, pos, LOOKED_AT + 1)) {
            for (var head = heads.next(); head != null; head = heads.next()) {
                if (isFull()) {
                    return new Cursor(rank, pos);
                }
                looked++;
                rank = head.rank();
                pos = head.pos();
                var row = head.row();
                add(row.getLong(3), new Place(new JobState.Available(), row.getInt(4), 0));
            }
        }
        return null;
    }

    private @Nullable Cursor scheduled(@Nullable Cursor from) throws SQLException {
        long runAt = from == null ? Long.MIN_VALUE : from.major();
        long job = from == null ? Long.MIN_VALUE : from.minor();
        var few = filter.isNarrowed() ? LaneRows.due(session, lanes(), LOOKED_AT) : null;
        if (few != null) {
            return few(few, new LaneRows.Due(runAt, job));
        }
        try (var rows = session.query(SCHEDULED, runAt, job, LOOKED_AT + 1)) {
            while (rows.next()) {
                if (isFull()) {
                    return new Cursor(runAt, job);
                }
                looked++;
                runAt = rows.getLong(1);
                job = rows.getLong(2);
                if (passes(session.lanes().get(rows.getInt(6)))) {
                    addScheduled(rows);
                }
            }
        }
        return null;
    }

    private void addScheduled(ResultSet rows) throws SQLException {
        var state = new JobState.Scheduled(Moments.instant(rows.getLong(1)), rows.getInt(5) == 1);
        add(rows.getLong(2), new Place(state, rows.getInt(3), rows.getInt(4)));
    }

    /** All that are scheduled in the wanted lanes, of which no more than these are looked at. */
    private @Nullable Cursor few(List<LaneRows.Due> rows, LaneRows.Due after) throws SQLException {
        var at = after;
        for (var row : rows) {
            if (row.compareTo(after) <= 0) {
                continue;
            }
            if (isFull()) {
                return new Cursor(at.runAt(), at.job());
            }
            looked++;
            at = row;
            try (var found = session.query(SCHEDULED_ONE, row.runAt(), row.job())) {
                if (found.next()) {
                    addScheduled(found);
                }
            }
        }
        return null;
    }

    private List<Lane> lanes() throws SQLException {
        return session.lanes().matching(this::passes);
    }

    private @Nullable Cursor running(@Nullable Cursor from) throws SQLException {
        return newestFirst(
                from,
                RUNNING,
                rows -> {
                    if (!passes(session.lanes().get(rows.getInt(6)))) {
                        return null;
                    }
                    return new Place(
                            new JobState.Running(rows.getLong(4), Moments.instant(rows.getLong(5))),
                            rows.getInt(2),
                            rows.getInt(3));
                });
    }

    private @Nullable Cursor discarded(@Nullable Cursor from) throws SQLException {
        var lanes = filter.isNarrowed() ? lanes() : List.<Lane>of();
        if (!filter.isNarrowed() || lanes.size() > LaneRows.MOST_LANES) {
            return newestFirst(
                    from,
                    DISCARDED,
                    rows -> passes(session.lanes().get(rows.getInt(4))) ? aside(rows) : null);
        }
        long before = from == null ? Long.MAX_VALUE : from.major();
        var newest = LaneRows.discarded(session, lanes, before, LOOKED_AT);
        long at = before;
        for (long job : newest.jobs()) {
            if (isFull()) {
                return new Cursor(at, 0);
            }
            looked++;
            at = job;
            try (var found = session.query(DISCARDED_ONE, job)) {
                if (found.next()) {
                    add(job, aside(found));
                }
            }
        }
        return newest.isAll() ? null : new Cursor(at, 0);
    }

    private static Place aside(ResultSet rows) throws SQLException {
        var state = new JobState.Discarded(Moments.instant(rows.getLong(3)));
        return new Place(state, rows.getInt(2), 0);
    }

    private @Nullable Cursor ended(@Nullable Cursor from, JobState.Name wanted)
            throws SQLException {
        return newestFirst(
                from,
                ENDED,
                rows -> {
                    var end = Places.end(rows.getInt(3));
                    if (!end.isFinal()) {
                        return null;
                    }
                    var at = Moments.instant(rows.getLong(4));
                    var last = new Attempt(rows.getInt(2), 0, at, at, end, null, rows.getString(5));
                    var state = Places.ended(last);
                    return state.name() == wanted ? new Place(state, last.number(), 0) : null;
                });
    }

    /** Says what a row means; {@code null} when it is not wanted. */
    private interface Meaning {
        @Nullable Place of(ResultSet rows) throws SQLException;
    }

    /** Rows with the job first, of which a page may hold several in a row for one job. */
    private @Nullable Cursor newestFirst(@Nullable Cursor from, String sql, Meaning meaning)
            throws SQLException {
        long job = from == null ? Long.MAX_VALUE : from.major();
        try (var rows = session.query(sql, job, 2 * LOOKED_AT)) {
            int read = 0;
            while (rows.next()) {
                if (++read == 2 * LOOKED_AT || (isFull() && rows.getLong(1) != job)) {
                    return new Cursor(job, 0);
                }
                if (rows.getLong(1) != job) {
                    looked++;
                }
                job = rows.getLong(1);
                try {
                    var place = meaning.of(rows);
                    if (place != null) {
                        add(job, place);
                    }
                } catch (UnreadableException e) {
                    leaveOut(job, e);
                }
            }
        }
        return null;
    }

    private @Nullable Cursor all(@Nullable Cursor from) throws SQLException {
        long job = from == null ? Long.MAX_VALUE : from.major();
        try (var rows = session.query(isBare() ? ALL_BARE : ALL, job, LOOKED_AT + 1)) {
            while (rows.next()) {
                if (isFull()) {
                    return new Cursor(job, 0);
                }
                looked++;
                job = rows.getLong(1);
                try {
                    addFromBody(rows);
                } catch (UnreadableException e) {
                    leaveOut(job, e);
                }
            }
        }
        return null;
    }

    private void addFromBody(ResultSet rows) throws SQLException {
        if (passes(session.lanes().get(rows.getInt(2)))) {
            var body = Bodies.read(session, rows);
            if (passes(body)) {
                take(body, Places.of(session, body));
            }
        }
    }

    /** One damaged job must not hide the others. */
    private static void leaveOut(long job, UnreadableException e) {
        LOG.atWarn().addKeyValue("job", job).setCause(e).log("a damaged job is left out of a list");
    }

    private void add(long job, Place place) throws SQLException {
        try {
            var body = isBare() ? Bodies.findBare(session, job) : Bodies.find(session, job);
            if (body != null && passes(body.lane()) && passes(body)) {
                take(body, place);
            }
        } catch (UnreadableException e) {
            leaveOut(job, e);
        }
    }

    /** Whether payloads and tags are neither shown nor filtered by. */
    private boolean isBare() {
        return idsOnly && !filter.readsBodies();
    }

    private void take(Bodies.Body body, Place place) {
        ids.add(body.id());
        if (!idsOnly) {
            items.add(body.snapshot(place, List.of()));
        }
    }

    private boolean passes(Lane lane) {
        return filter.passes(lane.queue(), lane.kind());
    }

    private boolean passes(Bodies.Body body) {
        if (!filter.readsBodies()) {
            return true;
        }
        chars += body.payload().length();
        return filter.fits(body.payload(), body.tags(), body.terms());
    }

    /** Where a page stopped. */
    private record Cursor(long major, long minor) {
        static @Nullable Cursor parse(@Nullable String text) {
            if (text == null) {
                return null;
            }
            int dot = text.indexOf('.');
            try {
                return new Cursor(
                        Long.parseLong(text, 0, Math.max(dot, 0), 10),
                        Long.parseLong(text, dot + 1, text.length(), 10));
            } catch (NumberFormatException e) {
                throw new MillraceException(
                        MillraceException.Code.INVALID_INPUT,
                        "a cursor must be one that a page gave as its next, got '%s'"
                                .formatted(text.length() > 60 ? text.substring(0, 60) : text),
                        e);
            }
        }

        String text() {
            return major + "." + minor;
        }
    }
}
