package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.job.MillraceException;
import dev.millrace.store.JobStore;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.http.Who;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What happened in queues over a time, in buckets. Whoever asks for the same minutes within a few
 * seconds is given the same answer, so that many who watch cost the store one look.
 */
final class SeriesRoute {
    private static final Duration LONGEST = Duration.ofDays(32);
    private static final Duration USUAL = Duration.ofHours(1);

    /** Older counts are kept by the hour. */
    private static final Duration FINE = Duration.ofDays(1);

    private static final int MOST_BY_DEFAULT = 120;
    private static final List<Duration> STEPS =
            List.of(
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(5),
                    Duration.ofMinutes(15),
                    Duration.ofHours(1),
                    Duration.ofHours(6),
                    Duration.ofDays(1));
    private static final Duration FRESH = Duration.ofSeconds(3);
    private static final int MOST_KEPT = 32;
    private static final int MOST_SUMS = 200_000;

    /** What a bucket takes until it is sent. */
    private static final long BUCKET_BYTES = 300;

    private static final Parameter<Instant> FROM =
            Parameter.query("from", Type.moment(), "Since when. Default: an hour before 'to'.");
    private static final Parameter<Instant> TO =
            Parameter.query("to", Type.moment(), "Until when. Default: now.");
    private static final Parameter<Duration> STEP =
            Parameter.query(
                    "step",
                    Type.duration(Duration.ofMinutes(1), LONGEST),
                    "How long each bucket is, in whole minutes. Default: so that there are at most"
                            + " 120.");
    private static final Parameter<String> QUEUE =
            Parameter.query("queue", Type.name(), "Only this queue.");

    private static final Schema BUCKET =
            Schema.object(
                    "SeriesBucket",
                    "What was counted in a time.",
                    must("at", Schema.moment(), "Its beginning."),
                    must("enqueued", Schema.count(), "Jobs accepted."),
                    must("completed", Schema.count(), "Jobs completed."),
                    must("failed", Schema.count(), "Attempts that failed and are tried again."),
                    must("discarded", Schema.count(), "Jobs set aside."),
                    must("cancelled", Schema.count(), "Jobs cancelled while they ran."),
                    must("runs", Schema.count(), "Attempts that ended, in whatever way."),
                    must("runMillis", Schema.count(), "How long these ran, in milliseconds."));
    private static final Schema SERIES =
            Schema.object(
                    "Series",
                    "What happened, by queue and time.",
                    must("from", Schema.moment(), "The beginning of the first bucket."),
                    must("to", Schema.moment(), "The end of the last."),
                    must("step", Schema.duration(), "How long each bucket is."),
                    must(
                            "queues",
                            Schema.list(
                                    Schema.object(
                                            "QueueSeries",
                                            "What happened in a queue.",
                                            must("queue", Schema.text(), "Which."),
                                            must("buckets", Schema.list(BUCKET), "Oldest first."))),
                            "By name."));

    private final JobStore store;
    private final Clock clock;
    private final Recent recent;
    private final Map<TallyRange, Kept> kept = new LinkedHashMap<>();
    private int keptSums;

    private record Kept(Instant at, List<Tally> sums) {}

    SeriesRoute(JobStore store, Recent recent, Clock clock) {
        this.recent = recent;
        this.store = store;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/series",
                                "series",
                                "Count what happened, by queue and time.",
                                this::series)
                        .takes(FROM, TO, STEP, QUEUE)
                        .answers(
                                200,
                                SERIES,
                                "Buckets by queue, oldest first; those in which nothing happened"
                                        + " are left out. Approximate; kept for 32 days, by the"
                                        + " hour after one."));
    }

    private Response series(Request request) throws InterruptedException {
        Instant now = clock.instant();
        Instant to = request.find(TO).orElse(now);
        Instant from = request.find(FROM).orElseGet(() -> to.minus(USUAL));
        if (from.isAfter(to) || Duration.between(from, to).compareTo(LONGEST) > 0) {
            throw MillraceException.invalid(
                    "'from' must be at most 32 days before 'to', got %s to %s".formatted(from, to));
        }
        Duration step = request.find(STEP).orElseGet(() -> step(from, to, now));
        var range =
                new TallyRange(
                        request.find(QUEUE).orElse(null),
                        Instant.ofEpochSecond(
                                Math.floorDiv(from.getEpochSecond(), step.toSeconds())
                                        * step.toSeconds()),
                        Instant.ofEpochSecond(Math.ceilDiv(to.getEpochSecond(), 60L) * 60),
                        step);
        request.find(QUEUE).ifPresent(queue -> request.who().require(Role.VIEWER, queue));
        request.load(buckets(range) * BUCKET_BYTES);
        return Response.json(200, json(range, sums(range, now), request.who()));
    }

    /** The most that there can be. */
    private long buckets(TallyRange range) {
        long each =
                Math.ceilDiv(
                        Duration.between(range.from(), range.to()).toSeconds(),
                        range.bucket().toSeconds());
        return range.queue() == null ? each * recent.seen().queues().size() : each;
    }

    private static Duration step(Instant from, Instant to, Instant now) {
        boolean old = from.isBefore(now.minus(FINE));
        Duration time = Duration.between(from, to);
        return STEPS.stream()
                .filter(each -> !old || each.compareTo(Duration.ofHours(1)) >= 0)
                .filter(each -> time.compareTo(each.multipliedBy(MOST_BY_DEFAULT)) <= 0)
                .findFirst()
                .orElseGet(STEPS::getLast);
    }

    private List<Tally> sums(TallyRange range, Instant now) {
        synchronized (kept) {
            Kept same = kept.get(range);
            if (same != null && same.at().plus(FRESH).isAfter(now)) {
                return same.sums();
            }
        }
        List<Tally> sums = store.tallies().sums(range);
        synchronized (kept) {
            forget(range);
            if (sums.size() <= MOST_SUMS / 4) {
                kept.put(range, new Kept(now, sums));
                keptSums += sums.size();
            }
            while (kept.size() > MOST_KEPT || keptSums > MOST_SUMS) {
                forget(kept.keySet().iterator().next());
            }
        }
        return sums;
    }

    private void forget(TallyRange range) {
        Kept before = kept.remove(range);
        keptSums -= before == null ? 0 : before.sums().size();
    }

    private static JsonLine json(TallyRange range, List<Tally> sums, Who who) {
        var byQueue = new TreeMap<String, List<JsonLine>>();
        for (Tally sum : sums) {
            if (who.sees(sum.queue())) {
                byQueue.computeIfAbsent(sum.queue(), q -> new ArrayList<>()).add(bucket(sum));
            }
        }
        @Nullable String asked = range.queue();
        if (asked != null) {
            byQueue.computeIfAbsent(asked, q -> new ArrayList<>());
        }
        return new JsonLine()
                .with("from", range.from())
                .with("to", range.to())
                .with("step", Durations.exact(range.bucket()))
                .with(
                        "queues",
                        byQueue.entrySet().stream()
                                .map(each ->
                                        new JsonLine()
                                                .with("queue", each.getKey())
                                                .with("buckets", each.getValue()))
                                .toList());
    }

    private static JsonLine bucket(Tally sum) {
        return new JsonLine()
                .with("at", sum.at())
                .with("enqueued", sum.enqueued())
                .with("completed", sum.completed())
                .with("failed", sum.failed())
                .with("discarded", sum.discarded())
                .with("cancelled", sum.cancelled())
                .with("runs", sum.runs())
                .with("runMillis", sum.runMillis());
    }
}
