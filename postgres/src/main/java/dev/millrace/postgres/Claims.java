package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.MillraceException;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How workers take jobs: one statement that deletes available rows, inserts running ones and reads
 * the bodies. The worker's own row is locked for the length of the statement, so that a claim and
 * the worker's rescue exclude each other.
 *
 * <p>Heads are (lane, priority) pairs. With one lane they are walked in order and rows are locked
 * one by one until there are enough. With several lanes the heads are merged first, without locks,
 * and only the winners are locked; when other claims hold those, the next look reaches further.
 */
final class Claims {
    private static final int FURTHEST = 8;
    private static final int LEAST_PER_HEAD = 32;
    private static final int LEAST_WIDTH = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private final Sql sql;
    private final Lanes lanes;
    private final Completions completions;
    private final Controls controls;
    private final Floors floors = new Floors();
    private final Map<String, Integer> reaches = new ConcurrentHashMap<>();
    private final Map<String, Integer> widths = new ConcurrentHashMap<>();

    private final Variants plain;
    private final Variants keyed;

    /** Statements for a queue without a limit in all processes, and for one with. */
    private record Pair(String unlimited, String limited) {
        String of(boolean isLimited) {
            return isLimited ? limited : unlimited;
        }
    }

    /** The statements of claims from one lane, from several, and by age. */
    private record Variants(Pair oneLane, Pair lanes, Pair aged) {}

    Claims(Sql sql, Lanes lanes, Completions completions, Controls controls) {
        this.sql = sql;
        this.lanes = lanes;
        this.completions = completions;
        this.controls = controls;
        String alive =
                """
                with {room}alive as materialized (
                    select id from {schema}.worker where id = ? and not dead for key share),
                """;
        // Heads are met as ranges of the whole index: where nothing is known yet of a table that
        // has just been filled, equal lanes and priorities seem rare enough to be sorted.
        // Sizes are looked up in the order in which the rows were taken; none is decompressed.
        String sized =
                """
                took as materialized (
                    select t.tid, t.rescues, row_number() over () as n,
                        sum(j.bytes) over (rows unbounded preceding) as bytes
                    from (
                        {rows}) as t, lateral (
                        select octet_length(payload) as bytes from {schema}.job
                        where id = t.job_id limit 1) as j),
                """;
        // A job that must run alone or is too much ends the claim before it, or is all of it.
        String rest =
                """
                gone as (
                    delete from {schema}.available as a
                    where a.ctid = any (array(
                        select tid from took
                        where n = 1
                            or bytes <= {bytes} and n < coalesce(
                                (select min(n) from took where rescues >= 2), n + 1)))
                    returning a.lane, a.priority, a.pos, a.job_id, a.attempt, a.rescues),
                held as (
                    insert into {schema}.running
                        (job_id, claim_id, claimed_at, worker_id, attempt, rescues{limited})
                    select g.job_id, ?, to_timestamp(?::float8 / 1000000), a.id, g.attempt,
                        g.rescues{limit-id}
                    from alive as a, gone as g)
                select g.job_id, g.lane, g.priority, g.pos, g.attempt, g.rescues,
                    j.created_at, j.max_attempts, j.payload, j.retry, j.tags, j.terms, {seen} as seen,
                    (select count(*) from took) as looked
                from alive left join (
                    gone as g cross join lateral (
                        select * from {schema}.job where id = g.job_id limit 1) as j) on true
                order by g.priority desc, g.pos
                """
                        .replace("{bytes}", Integer.toString(ClaimRequest.MAX_BYTES));
        String oneLane =
                sql.text(
                        alive
                                + sized.replace(
                                        "{rows}",
                                        """
                                        select h.tid, h.job_id, h.rescues
                                        from alive,
                                        unnest(?::int[], ?::smallint[], ?::bigint[])
                                            as i(lane, priority, floor),
                                        lateral (
                                            select a.ctid as tid, a.job_id, a.rescues
                                            from {schema}.available as a
                                            where (a.lane, a.priority, a.pos)
                                                    >= (i.lane, i.priority, i.floor)
                                                and (a.lane, a.priority) <= (i.lane, i.priority)
                                            order by a.lane, a.priority, a.pos
                                            limit ? for update skip locked) as h
                                        limit {most}\
                                        """)
                                + rest.replace("{seen}", "0"));
        String severalLanes =
                sql.text(
                        alive
                                + """
                                seen as materialized (
                                    select h.*
                                    from alive,
                                    unnest(?::int[], ?::smallint[], ?::bigint[])
                                        as i(lane, priority, floor),
                                    lateral (
                                        select a.ctid as tid, a.priority, a.pos,
                                            row_number() over (order by a.pos) as n
                                        from {schema}.available as a
                                        where (a.lane, a.priority, a.pos)
                                                >= (i.lane, i.priority, i.floor)
                                            and (a.lane, a.priority) <= (i.lane, i.priority)
                                        order by a.lane, a.priority, a.pos limit ?) as h),
                                sure as materialized (
                                    select tid, priority, pos, count(*) filter (where n = ?) over (
                                        order by priority desc, pos
                                        rows between unbounded preceding and 1 preceding) as cut
                                    from seen order by priority desc, pos limit ?),
                                """
                                + sized.replace(
                                        "{rows}",
                                        """
                                        select a.ctid as tid, a.job_id, a.rescues
                                        from {schema}.available as a
                                        where a.ctid = any (array(
                                            select tid from sure where cut = 0))
                                        order by a.priority desc, a.pos limit {most}
                                        for update skip locked\
                                        """)
                                + rest.replace(
                                        "{seen}", "(select count(*) from sure where cut = 0)"));
        String aged =
                severalLanes
                        .replace("order by priority desc, pos", "order by pos")
                        .replace("order by a.priority desc, a.pos", "order by a.pos");
        this.plain = new Variants(pair(oneLane), pair(severalLanes), pair(aged));
        this.keyed = new Variants(keyed(oneLane), keyed(severalLanes), keyed(aged));
    }

    private Pair pair(String claim) {
        return new Pair(Controls.unlimited(claim), controls.limited(claim));
    }

    private Pair keyed(String claim) {
        return new Pair(
                Controls.unlimited(marked(claim, "0")),
                controls.limited(marked(claim, "(select id from room)")));
    }

    /** Marks the running rows of jobs with keys, which come from the lanes of the admitted. */
    private static String marked(String claim, String limit) {
        return claim.replace("{limited}", ", limited")
                .replace(
                        "{limit-id}",
                        ", case when g.lane = any (?::int[]) then -1 - %s else %s end"
                                .formatted(limit, limit));
    }

    /**
     * Takes jobs. A damaged row among them is discarded at once, with an error that names its
     * field; should this process die before that, its claim is given back and met again.
     */
    List<ClaimedJob> claim(ClaimRequest request) {
        var control = controls.of(request.queue());
        if (control.paused()) {
            return List.of();
        }
        if (request.sweep()) {
            lanes.reload();
        }
        int[] from = lanes.of(request.queue(), request.kinds(), control.gated());
        if (from.length == 0 && !request.sweep()) {
            lanes.reload();
            from = lanes.of(request.queue(), request.kinds(), control.gated());
        }
        int[] heads = from;
        while (true) {
            Taken taken =
                    sql.run(
                            "claim from queue '%s'".formatted(request.queue()),
                            connection -> claim(connection, request, heads));
            if (taken.damaged().isEmpty()) {
                return taken.jobs();
            }
            setAside(taken.damaged());
            if (!taken.jobs().isEmpty()) {
                return taken.jobs();
            }
        }
    }

    private void setAside(List<Ending> damaged) {
        completions.complete(damaged);
        Ending first = damaged.getFirst();
        LOG.atWarn()
                .addKeyValue("jobs", damaged.size())
                .addKeyValue("job", first.jobId())
                .addKeyValue("error", first.error())
                .log("damaged jobs were discarded; mend their rows, then retry them");
    }

    private Taken claim(Connection connection, ClaimRequest request, int[] from)
            throws SQLException {
        int most = Math.min(request.max(), widths.getOrDefault(request.queue(), request.max()));
        boolean limited = controls.of(request.queue()).maxRunning() != null;
        int[] admitted = lanes.admitted(from);
        Variants texts = admitted.length == 0 ? plain : keyed;
        if (from.length <= 1 && !request.aged()) {
            try (var statement = Sql.prepare(connection, texts.oneLane().of(limited))) {
                int at = heads(statement, request, from, limited);
                statement.setInt(at++, most);
                statement.setInt(at++, most);
                return taken(statement, request, most, admitted, at);
            }
        }
        while (true) {
            int reach = reaches.getOrDefault(request.queue(), 1);
            int look = most * reach;
            int each =
                    Math.min(look, Math.max(LEAST_PER_HEAD, 2 * look / Math.max(1, from.length)));
            var text = request.aged() ? texts.aged() : texts.lanes();
            try (var statement = Sql.prepare(connection, text.of(limited))) {
                int at = heads(statement, request, from, limited);
                statement.setInt(at++, each);
                statement.setInt(at++, each);
                statement.setInt(at++, look);
                statement.setInt(at++, most);
                Taken taken = taken(statement, request, most, admitted, at);
                if (taken.count() * 2 > most && reach > 1) {
                    reaches.put(request.queue(), reach - 1);
                }
                // claims under one limit wait for each other: none holds rows that this one saw
                if (taken.count() > 0 || taken.seen() == 0 || reach == FURTHEST || limited) {
                    return taken;
                }
                reaches.put(request.queue(), reach * 2);
            }
        }
    }

    /** What a statement took, and how many it saw, taken by others included. */
    private record Taken(List<ClaimedJob> jobs, List<Ending> damaged, int seen) {
        int count() {
            return jobs.size() + damaged.size();
        }
    }

    private int heads(
            PreparedStatement statement, ClaimRequest request, int[] from, boolean limited)
            throws SQLException {
        int n = from.length * Floors.PRIORITIES;
        var lane = new int[n];
        var priority = new short[n];
        var floor = new long[n];
        int i = 0;
        for (int p = Floors.PRIORITIES - 1; p >= 0; p--) {
            for (int l : from) {
                lane[i] = l;
                priority[i] = (short) p;
                floor[i++] = request.sweep() ? 0 : floors.of(l, p);
            }
        }
        int at = limited ? Controls.name(statement, request.queue()) : 1;
        statement.setLong(at++, request.workerId());
        statement.setObject(at++, lane);
        statement.setObject(at++, priority);
        statement.setObject(at++, floor);
        return at;
    }

    private Taken taken(
            PreparedStatement statement, ClaimRequest request, int most, int[] admitted, int at)
            throws SQLException {
        statement.setLong(at++, request.claimId());
        statement.setLong(at++, Sql.micros(request.now()));
        if (admitted.length > 0) {
            statement.setObject(at, admitted);
        }
        var taken = new Taken(new ArrayList<>(), new ArrayList<>(), 0);
        var last = new TreeMap<Head, Long>();
        int seen;
        int looked;
        try (var row = Controls.claimed(statement)) {
            if (!row.next()) {
                throw new MillraceException(
                        MillraceException.Code.WORKER_LOST,
                        "worker %d was declared dead; its jobs were given to others; register anew"
                                .formatted(request.workerId()));
            }
            seen = row.getInt("seen");
            looked = row.getInt("looked");
            do {
                long id = row.getLong("job_id");
                if (!row.wasNull()) {
                    var head = new Head(row.getInt(2), row.getInt(3));
                    last.put(head, row.getLong(4));
                    read(row, id, head, request, taken);
                }
            } while (row.next());
        }
        boolean cut = looked > taken.count();
        learnWidth(request.queue(), cut, taken.count());
        boolean back = request.sweep() && (cut || taken.count() == most);
        last.forEach((head, pos) -> floors.took(head.lane(), head.priority(), pos, back));
        return new Taken(taken.jobs(), taken.damaged(), seen);
    }

    /** After a claim that had to leave rows, the next ones look at few; then at more again. */
    private void learnWidth(String queue, boolean cut, int count) {
        if (cut) {
            widths.put(queue, Math.max(LEAST_WIDTH, 2 * count));
        } else {
            widths.computeIfPresent(queue, (q, w) -> 2 * w < ClaimRequest.MAX ? 2 * w : null);
        }
    }

    private void read(ResultSet row, long id, Head head, ClaimRequest request, Taken taken)
            throws SQLException {
        try {
            taken.jobs().add(job(row, id, head, request));
        } catch (UnreadableException e) {
            taken.damaged()
                    .add(
                            new Ending(
                                    id,
                                    request.claimId(),
                                    request.workerId(),
                                    row.getInt(5),
                                    request.now(),
                                    request.now(),
                                    Attempt.End.DISCARDED,
                                    ErrorInfo.reason("unreadable", e.getMessage()),
                                    null,
                                    new Ending.Next.Discarded(),
                                    true));
        }
    }

    private record Head(int lane, int priority) implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            int byLane = Integer.compare(lane, other.lane);
            return byLane != 0 ? byLane : Integer.compare(priority, other.priority);
        }
    }

    private ClaimedJob job(ResultSet row, long id, Head head, ClaimRequest request)
            throws SQLException {
        Lanes.Lane lane = lanes.lane(head.lane());
        int maxAttempts = row.getInt(8);
        if (maxAttempts < 1) {
            throw new UnreadableException("max_attempts", "at least 1", maxAttempts);
        }
        return new ClaimedJob(
                id,
                request.claimId(),
                lane.queue(),
                lane.kind(),
                lane.version(),
                head.priority(),
                Texts.payload(row.getString(9)),
                row.getInt(5),
                row.getInt(6),
                maxAttempts,
                RetryText.read(row.getString(10), maxAttempts),
                Texts.checkedTags(row.getString(11)),
                Sql.instant(row, "created_at"),
                Texts.terms(row.getString(12)));
    }
}
