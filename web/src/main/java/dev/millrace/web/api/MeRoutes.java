package dev.millrace.web.api;

import static dev.millrace.web.schema.Member.must;

import dev.millrace.web.http.Grant;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Who;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.util.Arrays;
import java.util.List;

/** Who somebody is, as this server sees it. */
final class MeRoutes {
    private static final Schema ROLE =
            Schema.oneOf(Arrays.stream(Role.values()).map(Role::text).toList());
    private static final Schema GRANT =
            Schema.object(
                    "Grant",
                    "A role on the queues whose name fits a pattern.",
                    must("role", ROLE, "What may be done there."),
                    must("queues", Schema.text(), "The pattern: * stands for anything."));

    /** What is told of somebody. */
    static final Schema ME =
            Schema.object(
                    "Me",
                    "Who asks, and what they may do.",
                    must("user", Schema.text().orNull(), "Their name; null for nobody."),
                    must("role", ROLE.orNull(), "The most they may do on any queue."),
                    must("queues", Schema.list(Schema.text()), "Patterns of queues they may see."),
                    must("grants", Schema.list(GRANT), "Their roles, one by one."),
                    must(
                            "csrf",
                            Schema.text().orNull(),
                            "To be sent as X-Millrace-CSRF with all that changes something; null"
                                    + " without a session."),
                    must(
                            "access",
                            Schema.oneOf("open", "users"),
                            "Open: everybody on this machine may do everything."));

    private final boolean open;

    MeRoutes(boolean open) {
        this.open = open;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                Need.anybody(),
                                Method.GET,
                                Api.V1 + "/me",
                                "me",
                                "Tell who asks.",
                                this::me)
                        .answers(200, ME, "Also for nobody, whose user is null."));
    }

    private Response me(Request request) {
        return Response.json(200, json(request.who(), open));
    }

    static JsonLine json(Who who, boolean open) {
        return new JsonLine()
                .with("user", who.name().isEmpty() ? null : who.name())
                .with("role", who.role().map(Role::text).orElse(null))
                .with("queues", who.grants().stream().map(Grant::queues).distinct().toList())
                .with(
                        "grants",
                        who.grants().stream()
                                .map(each ->
                                        new JsonLine()
                                                .with("role", each.role().text())
                                                .with("queues", each.queues()))
                                .toList())
                .with("csrf", who.csrf().isEmpty() ? null : who.csrf())
                .with("access", open ? "open" : "users");
    }
}
