package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.JobPage;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Pages of jobs by keyset. */
final class Lists {
    private static final int LOOKED_AT = 10_000;
    private static final int STEP = 1_000;

    // Payloads are large: few are read for one page.
    private static final int READ = 2_000;
    private static final int STEP_READING = 100;
    private static final long READ_CHARS = 16 << 20;
    private static final long FIRST_YEAR_MICROS = -62_135_596_800_000_000L;

    private final Sql sql;
    private final Lanes lanes;
    private final Jobs jobs;

    private final String available;
    private final String scheduled;
    private final String fewScheduled;
    private final String scheduledInLanes;
    private final String running;
    private final String discarded;
    private final String discardedInLanes;
    private final String ended;
    private final String any;

    Lists(Sql sql, Lanes lanes, Jobs jobs) {
        this.sql = sql;
        this.lanes = lanes;
        this.jobs = jobs;
        this.available =
                sql.text(
                        """
                        with c as materialized (select ?::int as priority, ?::bigint as pos)
                        select h.job_id, h.priority::bigint, h.pos from (
                        select h.job_id, h.priority, h.pos
                        from c, unnest(?::int[]) as l(lane), generate_series(9, 0, -1) as p,
                            lateral (
                                select a.job_id, a.priority, a.pos
                                from {schema}.available as a
                                where p <= c.priority
                                    and (a.lane, a.priority, a.pos) > (l.lane, p,
                                        case when p = c.priority then c.pos else -1 end)
                                    and (a.lane, a.priority) <= (l.lane, p)
                                order by a.lane, a.priority, a.pos limit ?) as h
                        union all
                        select h.job_id, h.priority, h.pos from c, lateral (
                            select a.job_id, a.priority, a.pos from {schema}.available as a
                            where a.lane < 0 and (-a.priority, a.pos) > (-c.priority, c.pos)
                            order by -a.priority, a.pos limit ?) as h) as h
                        order by h.priority desc, h.pos limit ?
                        """);
        this.scheduled =
                sql.text(
                        """
                        select job_id, (extract(epoch from run_at) * 1000000)::bigint, job_id
                        from {schema}.scheduled
                        where (run_at, job_id) > (to_timestamp(?::float8 / 1000000), ?::bigint)
                        order by run_at, job_id limit ?
                        """);
        this.fewScheduled =
                sql.text(
                        """
                        select count(*) <= ? from (
                            select from unnest(?::int[]) as l(lane), lateral (
                                select from {schema}.scheduled as s where s.lane = l.lane
                                order by s.lane, s.job_id limit ?) as x
                            limit ?) as y
                        """);
        this.scheduledInLanes =
                sql.text(
                        """
                        select s.job_id, (extract(epoch from s.run_at) * 1000000)::bigint, s.job_id
                        from unnest(?::int[]) as l(lane), lateral (
                            select s.job_id, s.run_at from {schema}.scheduled as s
                            where s.lane = l.lane order by s.lane, s.job_id limit ?) as s
                        where (s.run_at, s.job_id) > (to_timestamp(?::float8 / 1000000), ?::bigint)
                        order by s.run_at, s.job_id limit ?
                        """);
        this.running =
                sql.text(
                        """
                        select h.job_id, h.job_id, 0::bigint
                        from {schema}.worker as w, lateral (
                            select r.job_id from {schema}.running as r
                            where r.worker_id = w.id and r.job_id < ?
                            order by r.job_id desc limit ?) as h
                        order by h.job_id desc limit ?
                        """);
        this.discarded =
                sql.text(
                        """
                        select job_id, job_id, 0::bigint from {schema}.discarded
                        where job_id < ? order by job_id desc limit ?
                        """);
        this.discardedInLanes =
                sql.text(
                        """
                        select x.job_id, x.job_id, 0::bigint
                        from unnest(?::int[]) as l(lane), lateral (
                            select d.job_id from {schema}.discarded as d
                            where d.lane = l.lane and d.job_id < ?
                            order by d.lane desc, d.job_id desc limit ?) as x
                        order by x.job_id desc limit ?
                        """);
        // As many rows are walked as are answered: those of other outcomes are told apart later.
        this.ended =
                sql.text(
                        """
                        select job_id, job_id, 0::bigint, outcome from {schema}.history
                        where job_id < ? order by job_id desc limit ?
                        """);
        this.any =
                sql.text(
                        """
                        select id, id, 0::bigint from {schema}.job
                        where id < ? order by id desc limit ?
                        """);
    }

    /** Where a page stopped: two numbers whose meaning depends on the list's order. */
    private record Cursor(long first, long second) {
        static Cursor parse(String text) {
            String[] parts = text.split("_", -1);
            try {
                if (parts.length == 2) {
                    return new Cursor(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
                }
            } catch (NumberFormatException e) {
                throw wrong(text);
            }
            throw wrong(text);
        }

        private static MillraceException wrong(String text) {
            return MillraceException.invalid(
                    "cursor must be the 'next' of the page before, got '%s'"
                            .formatted(text.length() > 60 ? text.substring(0, 60) + "…" : text));
        }

        @Override
        public String toString() {
            return first + "_" + second;
        }
    }

    /**
     * A job met in a list's source.
     *
     * @param told whether it alone says that its job is not in the wanted state
     */
    private record Entry(long jobId, Cursor at, boolean told) {
        Entry open() {
            return new Entry(jobId, at, false);
        }
    }

    /** Jobs met in one look; full when there may be more. */
    private record Step(List<Entry> entries, boolean full) {}

    JobPage list(JobFilter filter, int limit, @Nullable String cursor) {
        Page<JobSnapshot> page = page(filter, limit, cursor, jobs::details);
        return new JobPage(page.items(), page.next(), page.looked());
    }

    JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
        Page<Long> page =
                page(
                        filter,
                        limit,
                        cursor,
                        (connection, ids, wanted) -> {
                            var found = new HashMap<Long, Long>();
                            jobs.states(connection, ids, wanted)
                                    .keySet()
                                    .forEach(id -> found.put(id, id));
                            return found;
                        });
        return new JobIdPage(page.items(), page.next(), page.looked());
    }

    private record Page<T>(List<T> items, @Nullable String next, int looked) {}

    /** Reads what is wanted of some jobs, by id. */
    private interface Reader<T> {
        Map<Long, T> read(Connection connection, Collection<Long> ids, Jobs.Wanted wanted)
                throws SQLException;
    }

    private <T> Page<T> page(
            JobFilter filter, int limit, @Nullable String cursor, Reader<T> reader) {
        if (limit < 1 || limit > 1000) {
            throw MillraceException.invalid("limit must be 1 to 1000, got " + limit);
        }
        lanes.reload();
        List<Integer> of = filter.isNarrowed() ? lanes.matching(filter) : null;
        Cursor from = cursor == null ? start(filter.state()) : Cursor.parse(cursor);
        var wanted =
                new Jobs.Wanted(of, filter.tag(), filter.text(), filter.state(), filter.traits());
        return sql.run("list jobs", connection -> page(connection, wanted, limit, from, reader));
    }

    private static Cursor start(JobState.@Nullable Name state) {
        if (state == JobState.Name.AVAILABLE) {
            return new Cursor(Floors.PRIORITIES, 0);
        }
        return state == JobState.Name.SCHEDULED
                ? new Cursor(FIRST_YEAR_MICROS, 0)
                : new Cursor(Long.MAX_VALUE, 0);
    }

    private <T> Page<T> page(
            Connection connection, Jobs.Wanted wanted, int limit, Cursor start, Reader<T> reader)
            throws SQLException {
        var items = new ArrayList<T>();
        Cursor at = start;
        int looked = 0;
        var fit = new Fit(jobs, wanted);
        int each = wanted.reads() ? STEP_READING : STEP;
        boolean inLanes = inLanes(connection, wanted);
        boolean nearlyAllFit = wanted.isAny() || (inLanes && !wanted.readsBodies());
        while (looked < (wanted.reads() ? READ : LOOKED_AT) && fit.chars < READ_CHARS) {
            int step = nearlyAllFit && listsOne(wanted.state()) ? limit + 1 : each;
            Step met =
                    inLanes
                            ? entriesInLanes(connection, wanted, at, step)
                            : entries(connection, wanted, at, step);
            // Where nearly all fit, no more are read than the page needs.
            int chunk = nearlyAllFit ? limit + 1 : each;
            List<Entry> open = met.entries().stream().filter(entry -> !entry.told()).toList();
            for (int from = 0; from < open.size(); from += chunk) {
                List<Entry> some = open.subList(from, Math.min(open.size(), from + chunk));
                List<Long> ids = some.stream().map(Entry::jobId).toList();
                Map<Long, T> found = reader.read(connection, fit.among(connection, ids), wanted);
                for (Entry entry : some) {
                    T job = found.get(entry.jobId());
                    if (job != null) {
                        if (items.size() == limit) {
                            int here = from + some.size();
                            return new Page<>(items, at.toString(), looked + here);
                        }
                        items.add(job);
                    }
                    at = entry.at();
                }
            }
            if (!met.full()) {
                return new Page<>(items, null, looked + met.entries().size());
            }
            looked += step;
            at = met.entries().getLast().at();
        }
        return new Page<>(items, at.toString(), looked);
    }

    /** Tells by their bodies which jobs carry the wanted traits. */
    private static final class Fit {
        private final Jobs jobs;
        private final Jobs.Wanted wanted;
        private long chars;

        Fit(Jobs jobs, Jobs.Wanted wanted) {
            this.jobs = jobs;
            this.wanted = wanted;
        }

        Collection<Long> among(Connection connection, List<Long> ids) throws SQLException {
            if (wanted.traits().isEmpty()) {
                return ids;
            }
            var fitting = new ArrayList<Long>();
            for (JobSnapshot job : jobs.details(connection, ids, wanted).values()) {
                chars += job.payload().length();
                if (wanted.traits().stream()
                        .allMatch(trait -> trait.fits(job.payload(), job.terms()))) {
                    fitting.add(job.id());
                }
            }
            return fitting;
        }
    }

    /** Whether the source of a state holds nothing else. */
    private static boolean listsOne(JobState.@Nullable Name state) {
        return switch (state) {
            case null -> true;
            case SCHEDULED, AVAILABLE, RUNNING, DISCARDED -> true;
            case COMPLETED, CANCELLED, EXPIRED -> false;
        };
    }

    /**
     * Whether a page goes along the index of its lanes, and so past no job of others: scheduled
     * jobs only while there are few of them there, since that index does not tell when they are
     * due.
     */
    private boolean inLanes(Connection connection, Jobs.Wanted wanted) throws SQLException {
        if (wanted.lanes() == null || wanted.state() != JobState.Name.SCHEDULED) {
            return wanted.lanes() != null && wanted.state() == JobState.Name.DISCARDED;
        }
        try (var statement = Sql.prepare(connection, fewScheduled)) {
            statement.setInt(1, LOOKED_AT);
            statement.setObject(2, Jobs.ints(wanted.lanes()));
            statement.setInt(3, LOOKED_AT + 1);
            statement.setInt(4, LOOKED_AT + 1);
            try (var rows = statement.executeQuery()) {
                return rows.next() && rows.getBoolean(1);
            }
        }
    }

    private Step entriesInLanes(Connection connection, Jobs.Wanted wanted, Cursor at, int step)
            throws SQLException {
        boolean due = wanted.state() == JobState.Name.SCHEDULED;
        var entries = new ArrayList<Entry>();
        try (var statement = Sql.prepare(connection, due ? scheduledInLanes : discardedInLanes)) {
            int i = 1;
            statement.setObject(i++, Jobs.ints(Objects.requireNonNull(wanted.lanes())));
            if (due) {
                statement.setInt(i++, LOOKED_AT);
                statement.setLong(i++, at.first());
                statement.setLong(i++, at.second());
            } else {
                statement.setLong(i++, at.first());
                statement.setInt(i++, step);
            }
            statement.setInt(i, step);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    var here = new Cursor(rows.getLong(2), rows.getLong(3));
                    entries.add(new Entry(rows.getLong(1), here, false));
                }
            }
        }
        return new Step(entries, entries.size() == step);
    }

    private Step entries(Connection connection, Jobs.Wanted wanted, Cursor at, int step)
            throws SQLException {
        String text =
                switch (wanted.state()) {
                    case AVAILABLE -> available;
                    case SCHEDULED -> scheduled;
                    case RUNNING -> running;
                    case DISCARDED -> discarded;
                    case COMPLETED, CANCELLED, EXPIRED -> ended;
                    case null -> any;
                };
        boolean told = text.equals(ended);
        int rowsMet = 0;
        var entries = new ArrayList<Entry>();
        try (var statement = Sql.prepare(connection, text)) {
            int i = 1;
            statement.setLong(i++, at.first());
            if (wanted.state() == JobState.Name.AVAILABLE) {
                statement.setLong(i++, at.second());
                statement.setObject(
                        i++,
                        Jobs.ints(
                                wanted.lanes() != null
                                        ? wanted.lanes()
                                        : lanes.matching(JobFilter.all())));
                statement.setInt(i++, step);
                statement.setInt(i++, step);
            } else if (wanted.state() == JobState.Name.SCHEDULED) {
                statement.setLong(i++, at.second());
            } else if (wanted.state() == JobState.Name.RUNNING) {
                statement.setInt(i++, step);
            }
            statement.setInt(i, step);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    rowsMet++;
                    var entry =
                            new Entry(
                                    rows.getLong(1),
                                    new Cursor(rows.getLong(2), rows.getLong(3)),
                                    told && !isEnd(wanted.state(), rows.getInt(4)));
                    if (entries.isEmpty() || entries.getLast().jobId() != entry.jobId()) {
                        entries.add(entry);
                    } else if (!entry.told()) {
                        entries.add(entries.removeLast().open());
                    }
                }
            }
        }
        boolean full = rowsMet == step;
        if (told && full) {
            // The next step begins behind this job, some of whose rows may not have been met.
            entries.add(entries.removeLast().open());
        }
        return new Step(entries, full);
    }

    private static boolean isEnd(JobState.@Nullable Name state, int outcome) {
        return switch (state) {
            case COMPLETED ->
                    outcome == Attempt.End.COMPLETED.code()
                            || outcome == Attempt.End.SKIPPED.code();
            case CANCELLED -> outcome == Attempt.End.CANCELLED.code();
            case EXPIRED -> outcome == Attempt.End.EXPIRED.code();
            case SCHEDULED, AVAILABLE, RUNNING, DISCARDED -> false;
            case null -> false;
        };
    }
}
