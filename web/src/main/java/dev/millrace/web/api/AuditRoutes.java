package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Type;
import dev.millrace.web.job.AuditView;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.util.List;

/** What was done, by whom. */
final class AuditRoutes {
    private static final Parameter<Integer> LIMIT =
            Parameter.query("limit", Type.whole(1, 1000), 100, "At most so many.");
    private static final Parameter<Long> AFTER =
            Parameter.query("after", Type.id(), "Go on where an earlier page stopped: its next.");

    private final AccessStore store;

    AuditRoutes(AccessStore store) {
        this.store = store;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.everywhere(Role.ADMIN),
                                Method.GET,
                                Api.V1 + "/audit",
                                "listAudit",
                                "List what was done, by whom.",
                                this::list)
                        .takes(LIMIT, AFTER)
                        .answers(
                                200,
                                Schema.items(
                                        "AuditPage",
                                        "What was done, newest first.",
                                        AuditView.ENTRY,
                                        must(
                                                "next",
                                                Schema.count().orNull(),
                                                "Where to go on; null at the end.")),
                                "Newest first."));
    }

    private Response list(Request request) {
        int limit = request.get(LIMIT);
        List<AuditEntry> found = store.audited(request.find(AFTER).orElse(Long.MAX_VALUE), limit);
        return Response.json(
                200,
                new JsonLine()
                        .with("items", found.stream().map(AuditView::json).toList())
                        .with("next", found.size() < limit ? null : found.getLast().id()));
    }
}
