package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.Millrace;
import dev.millrace.store.BatchFilter;
import dev.millrace.store.BatchMember;
import dev.millrace.store.BatchSnapshot;
import dev.millrace.store.BatchState;
import dev.millrace.store.BatchStore;
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
import dev.millrace.web.job.BatchView;
import dev.millrace.web.schema.Member;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.LongConsumer;

/** Jobs that belong together. They span queues, so a role is needed everywhere. */
final class BatchRoutes {
    static final Parameter<BatchState> STATE =
            Parameter.query(
                    "state", Type.oneOf(BatchState.values(), BatchState::text), "Only these.");
    static final Parameter<Integer> LIMIT =
            Parameter.query("limit", Type.whole(1, 1000), 100, "At most so many.");
    static final Parameter<Long> AFTER =
            Parameter.query(
                    "after", Type.id(), "Go on after this id, the next of the page before.");

    private static final Parameter<Long> ID = Parameter.path("id", Type.id(), "The batch's id.");
    private static final Parameter<String> NAME =
            Parameter.query("name", Type.name(), "Only batches of this name.");
    private static final Parameter<BatchMember.State> COUNTED =
            Parameter.query(
                    "state",
                    Type.oneOf(BatchMember.State.values(), BatchMember.State::text),
                    "Only members counted so.");

    private final BatchStore batches;

    BatchRoutes(Millrace millrace) {
        this.batches = millrace.store().batches();
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/batches",
                                "listBatches",
                                "List batches, newest first, without items of pipelines.",
                                this::list)
                        .takes(NAME, STATE, LIMIT, AFTER)
                        .answers(200, page("Batches"), "A page."),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/batches/{id}",
                                "showBatch",
                                "Show a batch, or an item of a pipeline.",
                                request -> Response.json(200, BatchView.json(find(request))))
                        .takes(ID)
                        .answers(200, BatchView.BATCH, "The batch.")
                        .refuses(404, "no-such-batch", "There is none."),
                Route.of(
                                Need.everywhere(Role.VIEWER),
                                Method.GET,
                                Api.V1 + "/batches/{id}/members",
                                "listMembers",
                                "List a batch's members by id.",
                                this::members)
                        .takes(ID, COUNTED, LIMIT, AFTER)
                        .answers(
                                200,
                                Schema.items("BatchMembers", "A page.", BatchView.MEMBER, next()),
                                "A page.")
                        .refuses(404, "no-such-batch", "There is none."),
                Route.of(
                                Need.everywhere(Role.OPERATOR),
                                Method.POST,
                                Api.V1 + "/batches/{id}/cancel",
                                "cancelBatch",
                                "Cancel what is left of a batch; members end soon after.",
                                request -> acted(request, batches::cancel))
                        .takes(ID)
                        .answers(200, BatchView.BATCH, "The batch.")
                        .refuses(404, "no-such-batch", "There is none."),
                Route.of(
                                Need.everywhere(Role.OPERATOR),
                                Method.POST,
                                Api.V1 + "/batches/{id}/close",
                                "closeBatch",
                                "Say that whoever made a batch adds no more, for one whose maker is"
                                        + " gone.",
                                request -> acted(request, batches::close))
                        .takes(ID)
                        .answers(200, BatchView.BATCH, "The batch.")
                        .refuses(404, "no-such-batch", "There is none."));
    }

    static Schema page(String name) {
        return Schema.items(name, "A page, newest first.", BatchView.BATCH, next());
    }

    private static Member next() {
        return must("next", Schema.count().orNull(), "Where to go on; null at the end.");
    }

    private Response acted(Request request, LongConsumer act) {
        BatchSnapshot before = find(request);
        act.accept(before.id());
        request.did("batch " + before.id(), told(before), null);
        BatchSnapshot after = find(request);
        request.tell("batch " + before.id(), told(before), told(after));
        return Response.json(200, BatchView.json(after));
    }

    private static String told(BatchSnapshot batch) {
        return new JsonLine()
                .with("name", batch.name())
                .with("state", batch.state().text())
                .with("cancelling", batch.cancelling())
                .toString();
    }

    private Response list(Request request) {
        return page(
                batches,
                new BatchFilter(
                        false, request.find(NAME).orElse(null), request.find(STATE).orElse(null)),
                request);
    }

    static Response page(BatchStore batches, BatchFilter filter, Request request) {
        int limit = request.get(LIMIT);
        List<BatchSnapshot> found =
                batches.list(filter, request.find(AFTER).orElse(Long.MAX_VALUE), limit);
        return Response.json(
                200,
                new JsonLine()
                        .with("items", found.stream().map(BatchView::json).toList())
                        .with("next", found.size() < limit ? null : found.getLast().id()));
    }

    private Response members(Request request) {
        int limit = request.get(LIMIT);
        BatchMember.@Nullable State state = request.find(COUNTED).orElse(null);
        List<BatchMember> found =
                batches.members(find(request).id(), state, request.find(AFTER).orElse(0L), limit);
        return Response.json(
                200,
                new JsonLine()
                        .with("items", found.stream().map(BatchView::json).toList())
                        .with("next", found.size() < limit ? null : found.getLast().id()));
    }

    private BatchSnapshot find(Request request) {
        long id = request.get(ID);
        return batches.find(id)
                .orElseThrow(() ->
                        new Refused(
                                Problem.of(
                                        404,
                                        "no-such-batch",
                                        "there is no batch %d: never accepted here, or removed after its time"
                                                .formatted(id))));
    }
}
