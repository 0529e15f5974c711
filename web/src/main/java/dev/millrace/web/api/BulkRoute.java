package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.queue.StreamReceipt;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Trace;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.InvalidJob;
import dev.millrace.web.job.JobBody;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonArray;
import dev.millrace.web.text.JsonLine;
import dev.millrace.web.text.Ndjson;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;

/** Jobs by the stream: good ones are kept, bad ones named. */
final class BulkRoute {
    private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** More bad ones are only counted. */
    private static final int MOST_NAMED = 1_000;

    private static final Schema RECEIPT =
            Schema.object(
                    "BulkReceipt",
                    "What became of many jobs.",
                    must("accepted", Schema.count(), "Accepted, durably."),
                    must("duplicates", Schema.count(), "There before."),
                    must(
                            "rejected",
                            Schema.list(
                                    Schema.object(
                                            "Rejected",
                                            "A job that was not accepted.",
                                            must("index", Schema.count(), "Which, from 0."),
                                            must("problem", Problem.SHAPE, "Why."))),
                            "The first ones that were not accepted."),
                    must("rejectedCount", Schema.count(), "How many were not."));

    private final Millrace millrace;

    BulkRoute(Millrace millrace) {
        this.millrace = millrace;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/jobs/bulk",
                                "enqueueJobs",
                                "Enqueue many jobs.",
                                this::enqueueAll)
                        .reads(
                                new Route.Body(
                                        List.of(
                                                "application/x-ndjson",
                                                "application/ndjson",
                                                "application/json"),
                                        Long.MAX_VALUE,
                                        JobBody.SHAPE))
                        .pace(Route.Pace.BULK)
                        .traced(Trace.PEOPLE)
                        .answers(
                                200,
                                RECEIPT,
                                "How many were accepted, and which ones not and why."));
    }

    private Response enqueueAll(Request request) throws InterruptedException {
        var jobs = new Jobs(source(request), request);
        StreamReceipt receipt;
        try {
            receipt =
                    millrace.enqueueAll(
                            StreamSupport.stream(
                                    Spliterators.spliteratorUnknownSize(
                                            jobs, Spliterator.ORDERED | Spliterator.NONNULL),
                                    false),
                            jobs::refused);
        } catch (MillraceException | InterruptedException e) {
            brokeOff(request, jobs);
            throw e;
        }
        request.tell(
                "jobs",
                null,
                new JsonLine()
                        .with("accepted", receipt.accepted())
                        .with("duplicates", receipt.duplicates())
                        .with("rejectedCount", jobs.rejectedCount)
                        .with("cutOff", jobs.failure != null || jobs.gone != null)
                        .toString());
        if (jobs.gone != null) {
            request.traced(request.who().kind() == Who.Kind.USER);
            return turnedAway(jobs.gone, receipt, jobs.rejectedCount);
        }
        if (jobs.failure != null) {
            request.traced(request.who().kind() == Who.Kind.USER);
            return cut(jobs.failure, receipt, jobs.rejectedCount);
        }
        return Response.json(
                200,
                new JsonLine()
                        .with("accepted", receipt.accepted())
                        .with("duplicates", receipt.duplicates())
                        .with("rejected", jobs.rejected)
                        .with("rejectedCount", jobs.rejectedCount));
    }

    /** The store failed in the middle; what was accepted before stays. */
    private static void brokeOff(Request request, Jobs jobs) {
        if (jobs.good > 0) {
            request.doneInPart();
            request.tell(
                    "jobs",
                    null,
                    new JsonLine()
                            .with("acceptedAtMost", jobs.good)
                            .with("rejectedCount", jobs.rejectedCount)
                            .with("cutOff", true)
                            .toString());
        }
    }

    /** They may no more; what came before is kept. */
    private static Response turnedAway(Refused why, StreamReceipt receipt, long rejected) {
        Problem problem = why.problem();
        return Problem.of(
                        problem.status(),
                        problem.code(),
                        ("whoever sends this may do so no more; of what came before, %d were"
                                        + " accepted, %d were there before, %d were rejected")
                                .formatted(receipt.accepted(), receipt.duplicates(), rejected))
                .header("Connection", "close")
                .response();
    }

    /** The body stopped in its middle; what came before is kept. */
    private static Response cut(IOException failure, StreamReceipt receipt, long rejected) {
        boolean slow = false;
        for (Throwable each = failure; each != null; each = each.getCause()) {
            slow |= each instanceof TimeoutException;
        }
        return Problem.of(
                        slow ? 408 : 400,
                        slow ? "too-slow" : "malformed-request",
                        ("the body %s; of what came before, %d were accepted, %d were there before,"
                                        + " %d were rejected")
                                .formatted(
                                        slow ? "stopped coming" : "ended before its end",
                                        receipt.accepted(),
                                        receipt.duplicates(),
                                        rejected))
                .header("Connection", "close")
                .response();
    }

    /** An item of the stream: its place, its text, or what is wrong with it. */
    private record Item(long index, @Nullable String text, @Nullable String problem) {}

    private interface Source {
        @Nullable Item next() throws IOException;
    }

    private static Source source(Request request) {
        if (request.contentType().equals("application/json")) {
            var array = new JsonArray(request.stream(), Ndjson.MAX_LINE_BYTES);
            return () -> {
                var element = array.next();
                return element == null
                        ? null
                        : new Item(element.index(), element.text(), element.problem());
            };
        }
        var lines = new Ndjson(request.stream());
        return () -> {
            var line = lines.next();
            return line == null ? null : new Item(line.number() - 1, line.text(), line.problem());
        };
    }

    /** The good ones, one at a time. Used by one thread. */
    private static final class Jobs implements Iterator<JobRequest<RawJson>> {
        private final Source source;
        private final Request request;
        private Who who;
        private long askedNanos = System.nanoTime();
        private @Nullable Refused gone;
        private final List<JsonLine> rejected = new ArrayList<>();
        private @Nullable JobRequest<RawJson> next;
        private @Nullable IOException failure;
        private long rejectedCount;

        /** Where the latest good ones stood; refusals come at most 20,000 behind. */
        private final long[] places = new long[32_768];

        private long place;
        private long good;

        Jobs(Source source, Request request) {
            this.source = source;
            this.request = request;
            this.who = request.who();
        }

        @Override
        public boolean hasNext() {
            if (failure != null || gone != null) {
                return false;
            }
            try {
                while (next == null) {
                    Item item = source.next();
                    if (item == null || !isStillLetIn()) {
                        return false;
                    }
                    next = read(item);
                    place = item.index();
                }
                return true;
            } catch (IOException e) {
                failure = e;
                return false;
            }
        }

        /** A stream may be without end: whose it is is asked again and again. */
        private boolean isStillLetIn() {
            long now = System.nanoTime();
            if (now - askedNanos < AGAIN_NANOS) {
                return true;
            }
            try {
                who = request.whoNow();
                askedNanos = now;
                return true;
            } catch (Refused e) {
                gone = e;
                return false;
            }
        }

        @Override
        public JobRequest<RawJson> next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException("no job is left");
            }
            var answer = next;
            next = null;
            places[(int) (good++ % places.length)] = place;
            return answer;
        }

        private @Nullable JobRequest<RawJson> read(Item item) {
            if (item.text() == null) {
                reject(item, Problem.of(400, "invalid-input", String.valueOf(item.problem())));
                return null;
            }
            try {
                var job = JobBody.read("a job", item.text());
                who.require(Role.OPERATOR, job.queue());
                return CallerKeys.own(who, job);
            } catch (Refused e) {
                reject(item, e.problem());
                return null;
            } catch (InvalidJob e) {
                reject(item, JobRoutes.problem(e));
                return null;
            }
        }

        /** The store's side refused a good one. */
        void refused(long index, MillraceException why) {
            Problem problem =
                    who.kind() == Who.Kind.EVERYBODY
                            ? Problem.of(422, why.code().text(), String.valueOf(why.getMessage()))
                            : CallerKeys.problem(why);
            reject(places[(int) (index % places.length)], problem);
        }

        private void reject(Item item, Problem problem) {
            reject(item.index(), problem);
        }

        private void reject(long index, Problem problem) {
            rejectedCount++;
            if (rejected.size() < MOST_NAMED) {
                rejected.add(new JsonLine().with("index", index).with("problem", problem.json()));
            }
        }
    }
}
