package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.admin.JobQuery;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Progress;
import dev.millrace.job.RawJson;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.InvalidJob;
import dev.millrace.web.job.JobBody;
import dev.millrace.web.job.JobShape;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.ReportView;
import dev.millrace.web.look.Recent;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Jobs one by one: look, wait, list, retry. */
final class JobRoutes {
    /** A job's id in a path. */
    static final Parameter<Long> ID = Parameter.path("id", Type.id(), "The job's id.");

    /** Of routes that name a job. */
    static final Route.Refusal NO_SUCH_JOB =
            new Route.Refusal(
                    404, "no-such-job", "There is no such job, or none that may be seen.");

    /** Of routes that do something to a job. */
    static final Route.Refusal WRONG_STATE =
            new Route.Refusal(409, "wrong-state", "That cannot be done to a job in its state.");

    private static final Schema PAGE =
            Schema.items(
                    "JobPage",
                    "A page of jobs; it may hold fewer than asked for, even none.",
                    JobShape.JOB,
                    must("next", Schema.text().orNull(), "Where to go on; null at the end."),
                    must("looked", Schema.count(), "About how many jobs were looked at."));

    /** The payload's bound and what may stand around it. */
    static final int MAX_BODY_BYTES = JobBody.MAX_PAYLOAD_BYTES + (64 << 10);

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Parameter<Duration> WAIT =
            Parameter.query(
                    "wait",
                    Type.duration(LONGEST_WAIT),
                    Duration.ZERO,
                    "Answer when the job has ended, or when this time is over.");
    private static final Parameter<JobState.Name> STATE =
            Parameter.query(
                    "state",
                    Type.oneOf(JobState.Name.values(), JobState.Name::text),
                    "Only jobs in this state.");
    private static final Parameter<String> QUEUE =
            Parameter.query("queue", Type.name(), "Only jobs of this queue.");
    private static final Parameter<String> KIND =
            Parameter.query("kind", Type.name(), "Only jobs of this kind.");
    private static final Parameter<String> TAG =
            Parameter.query("tag", Type.name(), "Only jobs with this tag.");
    private static final Parameter<JobQuery> SEARCH =
            Parameter.query(
                    "q",
                    search(),
                    "A search: queue: kind: state: tag: key: payload: payload.PATH: each with a"
                            + " value, in quotes where it has blanks; a word alone is a job's id or"
                            + " the unique key it holds.");
    private static final Parameter<Integer> LIMIT =
            Parameter.query("limit", Type.whole(1, 1000), 100, "At most so many.");
    private static final Parameter<String> AFTER =
            Parameter.query(
                    "after", Type.text(200), "Go on where an earlier page stopped: its next.");

    private static final Parameter<YesNo> PAYLOAD =
            Parameter.query(
                    "payload",
                    Type.oneOf(YesNo.values(), YesNo::text),
                    YesNo.YES,
                    "Whether payloads and results come along.");

    private static final Parameter<Boolean> REVEAL =
            Parameter.query(
                    "reveal",
                    Type.oneOf(new Boolean[] {true, false}, String::valueOf),
                    false,
                    "Also show what is hidden: takes the role admin, and is kept in the audit"
                            + " log.");

    private enum YesNo {
        YES,
        NO;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A page's payloads end it early, so that an answer stays of a bearable size. */
    private static final int PAGE_CHARS = 1 << 20;

    /** What a page takes while it is made, and what a job does. */
    private static final int PAGE_BYTES = 4 * PAGE_CHARS;

    private static final int JOB_BYTES = 1 << 20;

    private static final int STEP = 20;

    /** Of jobs whose size is not known yet. */
    private static final int FIRST_STEP = 5;

    /** A search that finds little goes on with the next page. */
    private static final int MOST_LOOKED = 2_000;

    /** Of those who see few of the queues, so many steps may find nothing they may see. */
    private static final int MOST_LOOKS = 100;

    private final Millrace millrace;
    private final Recent recent;
    private final Clock clock;

    JobRoutes(Millrace millrace, Recent recent, Clock clock) {
        this.millrace = millrace;
        this.recent = recent;
        this.clock = clock;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/jobs",
                                "listJobs",
                                "List jobs.",
                                this::list)
                        .takes(STATE, QUEUE, KIND, TAG, SEARCH, LIMIT, AFTER, PAYLOAD)
                        .answers(
                                200,
                                PAGE,
                                "Available jobs in the order in which they will run, scheduled ones"
                                        + " by due time, all others newest first. A page looks at a"
                                        + " bounded number of jobs: it may hold fewer than limit,"
                                        + " even none, while next is given."),
                Route.of(
                                Need.viewer(),
                                Method.GET,
                                Api.V1 + "/jobs/{id}",
                                "showJob",
                                "Show a job.",
                                this::show)
                        .takes(ID, WAIT, REVEAL)
                        .pace(Route.Pace.WAIT)
                        .answers(200, JobShape.JOB, "The job with its ended attempts.")
                        .refuses(NO_SUCH_JOB),
                Route.of(
                                Need.operator(),
                                Method.POST,
                                Api.V1 + "/jobs/{id}/retry",
                                "retryJob",
                                "Make a job available now.",
                                this::retry)
                        .takes(ID)
                        .answers(200, JobShape.JOB, "The job, available.")
                        .refuses(NO_SUCH_JOB, WRONG_STATE));
    }

    /** Something that reads a body. */
    @FunctionalInterface
    interface Reading<T> {
        T read() throws IOException;
    }

    static JobRequest<RawJson> read(String text) throws IOException {
        return refusing(() -> JobBody.read("the body", text));
    }

    /** What is wrong with a body becomes a problem. */
    static <T> T refusing(Reading<T> reading) throws IOException {
        try {
            return reading.read();
        } catch (InvalidJob e) {
            throw new Refused(problem(e), e);
        }
    }

    static Problem problem(InvalidJob e) {
        if (e.isTooLarge()) {
            return Problem.of(413, "too-large", e.getMessage() + "; nothing was accepted");
        }
        return Problem.of(400, e.code().text(), e.getMessage() + "; nothing was accepted")
                .errors(
                        e.faults().stream()
                                .map(each ->
                                        new Problem.Fault(
                                                each.member(),
                                                each.detail(),
                                                each.line(),
                                                each.column()))
                                .toList());
    }

    private static Type<JobQuery> search() {
        return new Type<>(
                "a search of words such as queue:mail or payload.customer.id:17",
                Map.of("type", "string", "maxLength", JobQuery.MAX_LENGTH),
                text -> {
                    try {
                        return JobQuery.parse(text);
                    } catch (MillraceException e) {
                        throw new IllegalArgumentException(e);
                    }
                });
    }

    /** Whether an answer is for whoever asks alone: after a wait, or with what is hidden. */
    static boolean isOwn(Request request) {
        return request.route().parameters().contains(WAIT)
                && (request.get(WAIT).isPositive() || request.get(REVEAL));
    }

    private Response show(Request request) throws InterruptedException {
        long id = request.get(ID);
        request.load(JOB_BYTES);
        JobSnapshot job = Reach.find(millrace.store(), request, id);
        Duration wait = request.get(WAIT);
        if (!job.state().isEnded() && wait.isPositive()) {
            request.load(0);
            millrace.job(id).await(wait);
            request.load(JOB_BYTES);
            job = find(id);
        }
        if (!request.get(REVEAL) || recent.hiding().isNothing()) {
            return Response.json(200, shown(job));
        }
        request.who().require(Role.ADMIN, job.queue());
        request.traced(true);
        request.tell("job " + id, null, "{\"revealed\":true}");
        return Response.json(
                200, recent.view(job).hiding(Hiding.NOTHING).json(job, millrace.report(id)));
    }

    private JsonLine shown(JobSnapshot job) {
        return recent.view(job).json(job, millrace.report(job.id()));
    }

    private JobSnapshot find(long id) {
        return millrace.store().find(id).orElseThrow(() -> noSuchJob(id));
    }

    static Refused noSuchJob(long id) {
        return new Refused(
                Problem.of(
                        404,
                        "no-such-job",
                        "there is no job %d: never accepted here, or removed after its time"
                                .formatted(id)));
    }

    private Response list(Request request) throws InterruptedException {
        request.load(PAGE_BYTES);
        Who who = request.who();
        JobQuery query =
                request.find(SEARCH)
                        .orElse(JobQuery.ALL)
                        .and(
                                new JobFilter(
                                                request.find(STATE).orElse(null),
                                                request.find(QUEUE).orElse(null),
                                                request.find(KIND).orElse(null),
                                                request.find(TAG).orElse(null))
                                        .among(Reach.queues(millrace.store(), who)));
        String queue = query.filter().queue();
        if (queue != null) {
            who.require(Role.VIEWER, queue);
        }
        int limit = request.get(LIMIT);
        boolean withPayload = request.get(PAYLOAD) == YesNo.YES;
        Reach.requireSearch(recent.hiding(), who, query.filter());
        List<JsonLine> items = new ArrayList<>();
        Optional<String> cursor = request.find(AFTER);
        long chars = 0;
        long read = 0;
        int readJobs = 0;
        int looks = 0;
        int looked = 0;
        do {
            int most = Math.min(step(read, readJobs), limit - items.size());
            JobPage page = millrace.search(query, most, cursor.orElse(null));
            page =
                    withPayload
                            ? bearable(page, query, cursor.orElse(null), PAGE_CHARS - chars)
                            : page;
            looked += page.looked();
            Map<Long, Progress> progress = progress(page.items());
            JobView knowing = recent.view(page.items()).knowing(millrace.store(), page.items());
            for (JobSnapshot job : page.items()) {
                long length = length(job);
                read += length;
                readJobs++;
                if (!who.sees(job.queue())) {
                    continue;
                }
                JsonLine item = knowing.json(job);
                Progress its = progress.get(job.id());
                item.withKnown(
                        "progress",
                        its == null ? null : ReportView.json(its, recent.hiding().of(job)));
                items.add(withPayload ? item : item.without("payload").without("result"));
                chars += withPayload ? length : 0;
            }
            cursor = Optional.ofNullable(page.next());
            // one that is not full has looked at as many rows as a page may
            if (page.items().size() < most || looked >= MOST_LOOKED) {
                break;
            }
        } while (cursor.isPresent()
                && items.size() < limit
                && chars < PAGE_CHARS
                && ++looks < MOST_LOOKS);
        return Response.json(
                200,
                new JsonLine()
                        .with("items", items)
                        .with("next", cursor.orElse(null))
                        // how many of those that may not be seen were passed over, nobody is told
                        .with("looked", who.seesEverything() ? looked : items.size()));
    }

    /** As much of a page as is bearable; all of it when the list changed meanwhile. */
    private JobPage bearable(JobPage page, JobQuery query, @Nullable String cursor, long room) {
        List<JobSnapshot> items = page.items();
        long chars = 0;
        int fitting = 0;
        while (fitting < items.size() && chars < room) {
            chars += length(items.get(fitting++));
        }
        if (fitting == items.size()) {
            return page;
        }
        JobPage shorter = millrace.search(query, fitting, cursor);
        return ids(shorter.items()).equals(ids(items.subList(0, fitting))) ? shorter : page;
    }

    private static List<Long> ids(List<JobSnapshot> jobs) {
        return jobs.stream().map(JobSnapshot::id).toList();
    }

    /** So many that, being as long as those before, they are no more than a page together. */
    private static int step(long read, int jobs) {
        return jobs == 0
                ? FIRST_STEP
                : (int) Math.clamp(PAGE_CHARS * (long) jobs / Math.max(1, read), 1L, STEP);
    }

    private static long length(JobSnapshot job) {
        @Nullable String result =
                job.state() instanceof JobState.Completed done ? done.result() : null;
        return (long) job.payload().length() + (result == null ? 0 : result.length());
    }

    /** How far those have come that run; of others it would cost a look and say little. */
    private Map<Long, Progress> progress(List<JobSnapshot> jobs) {
        List<Long> running =
                jobs.stream()
                        .filter(job -> job.state() instanceof JobState.Running)
                        .map(JobSnapshot::id)
                        .toList();
        return running.isEmpty() ? Map.of() : millrace.store().reports().progress(running);
    }

    private Response retry(Request request) {
        long id = request.get(ID);
        Reach.require(millrace.store(), request, Role.OPERATOR, id);
        Map<Long, JobState.Name> found = millrace.store().retry(List.of(id), clock.instant());
        JobState.Name state = found.get(id);
        return switch (state) {
            case null -> throw noSuchJob(id);
            case DISCARDED, SCHEDULED, AVAILABLE -> {
                request.did("job " + id, JobActRoutes.state(state), null);
                JobSnapshot now = find(id);
                request.tell(
                        "job " + id,
                        JobActRoutes.state(state),
                        JobActRoutes.state(now.state().name()));
                yield Response.json(200, shown(now));
            }
            case RUNNING, COMPLETED, CANCELLED, EXPIRED ->
                    throw new Refused(
                            Problem.of(
                                            409,
                                            "wrong-state",
                                            "job %d stays as it is: only discarded and scheduled"
                                                            .formatted(id)
                                                    + " jobs can be made available")
                                    .expectedGot("discarded or scheduled", state.text()));
        };
    }
}
