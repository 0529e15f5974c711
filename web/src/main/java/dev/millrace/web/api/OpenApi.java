package dev.millrace.web.api;

import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Route;
import dev.millrace.web.schema.Schema;
import dev.millrace.web.text.JsonLine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The description of the API, by OpenAPI 3.1, made from the routes: what is not declared there is
 * not in it, and what is declared is.
 */
public final class OpenApi {
    private static final String PROBLEM = "application/problem+json";

    /** Problems that every route may answer. */
    private static final List<Route.Refusal> STANDING =
            List.of(
                    new Route.Refusal(400, "invalid-parameter", "A parameter does not fit."),
                    new Route.Refusal(400, "unknown-parameter", "There is no such parameter."),
                    new Route.Refusal(400, "invalid-encoding", "The path or query is no UTF-8."),
                    new Route.Refusal(400, "invalid-input", "Something does not fit."),
                    new Route.Refusal(400, "invalid-path", "The path begins with no slash."),
                    new Route.Refusal(421, "wrong-host", "The server has another name."),
                    new Route.Refusal(431, "headers-too-large", "The headers are too large."),
                    new Route.Refusal(500, "internal", "Something failed that should not."),
                    new Route.Refusal(503, "busy", "Too many requests at once; ask again."),
                    new Route.Refusal(503, "stopping", "The server stops; ask again."),
                    new Route.Refusal(503, "store-unavailable", "The store is away; ask again."),
                    new Route.Refusal(503, "store-refused", "The store cannot do that now."),
                    new Route.Refusal(503, "key-busy", "A key is being decided; ask again."));

    /** Problems of those that read a body. */
    private static final List<Route.Refusal> READING =
            List.of(
                    new Route.Refusal(408, "too-slow", "The body stopped coming."),
                    new Route.Refusal(413, "too-large", "The body is too long."),
                    new Route.Refusal(415, "wrong-content-type", "It must be of another type."),
                    new Route.Refusal(415, "wrong-content-encoding", "It must not be compressed."));

    /** Problems of those that take a role. */
    private static final List<Route.Refusal> ROLES =
            List.of(
                    new Route.Refusal(401, "sign-in", "A session or a token is needed."),
                    new Route.Refusal(401, "bad-token", "The token or session is not known."),
                    new Route.Refusal(403, "forbidden", "The role needed is not theirs."));

    /** Problems of those that change something. */
    private static final List<Route.Refusal> UNSAFE =
            List.of(
                    new Route.Refusal(403, "cross-origin", "A page of another site asked."),
                    new Route.Refusal(403, "csrf", "The session's header is missing or wrong."));

    private OpenApi() {}

    /** The whole document. */
    static JsonLine document(List<Route> routes) {
        var schemas = new TreeMap<String, Schema>();
        Problem.SHAPE.collect(schemas);
        var paths = new LinkedHashMap<String, Map<String, Object>>();
        for (Route route : routes) {
            paths.computeIfAbsent(route.template(), each -> new LinkedHashMap<>())
                    .put(route.method().name().toLowerCase(Locale.ROOT), operation(route));
            route.body().ifPresent(body -> body.schema().collect(schemas));
            for (Route.Answer answer : route.answers()) {
                answer.schema().collect(schemas);
                answer.events().values().forEach(each -> each.collect(schemas));
            }
        }
        var components = new LinkedHashMap<String, Object>();
        schemas.forEach((name, schema) -> components.put(name, schema.says()));
        return new JsonLine()
                .with("openapi", "3.1.0")
                .with(
                        "info",
                        new JsonLine()
                                .with("title", "Millrace")
                                .with("version", "1")
                                .with("summary", "Background jobs over HTTP.")
                                .with(
                                        "description",
                                        "Names here are a contract: members and calls may be"
                                                + " added, none is changed or taken away."))
                .with("servers", List.of(Map.of("url", "../../")))
                .with("paths", paths)
                .with(
                        "components",
                        new JsonLine()
                                .with("schemas", components)
                                .with(
                                        "securitySchemes",
                                        new JsonLine()
                                                .with(
                                                        "token",
                                                        new JsonLine()
                                                                .with("type", "http")
                                                                .with("scheme", "bearer"))
                                                .with(
                                                        "session",
                                                        new JsonLine()
                                                                .with("type", "apiKey")
                                                                .with("in", "cookie")
                                                                .with("name", "millrace")
                                                                .with(
                                                                        "description",
                                                                        "The name goes on with -"
                                                                            + " and the port asked,"
                                                                            + " where one is said,"
                                                                            + " and with the path"
                                                                            + " below which the"
                                                                            + " server stands."))));
    }

    private static JsonLine operation(Route route) {
        var operation =
                new JsonLine()
                        .with("operationId", route.operation())
                        .with("summary", route.summary())
                        .with("description", "Needs " + route.need().text() + ".");
        if (needsRole(route.need())) {
            operation.with(
                    "security", List.of(Map.of("token", List.of()), Map.of("session", List.of())));
        }
        if (!route.parameters().isEmpty()) {
            operation.with("parameters", route.parameters().stream().map(OpenApi::of).toList());
        }
        route.body()
                .ifPresent(body ->
                        operation.with(
                                "requestBody",
                                new JsonLine()
                                        .with("required", true)
                                        .with(
                                                "content",
                                                content(body.contentTypes(), body.schema()))));
        return operation.with("responses", responses(route));
    }

    private static boolean needsRole(Need need) {
        return switch (need) {
            case Need.Nothing n -> false;
            case Need.Anybody a -> false;
            case Need.Somewhere s -> true;
            case Need.Everywhere e -> true;
            case Need.OfQueue q -> true;
        };
    }

    private static JsonLine of(Parameter<?> parameter) {
        var schema = new LinkedHashMap<>(new TreeMap<>(parameter.type().schema()));
        Object otherwise = parameter.shownDefault();
        if (otherwise != null) {
            schema.put("default", otherwise);
        }
        return new JsonLine()
                .with("name", parameter.name())
                .with("in", parameter.in().name().toLowerCase(Locale.ROOT))
                .with("required", parameter.in() == Parameter.In.PATH)
                .with("description", parameter.description())
                .with("schema", schema);
    }

    private static Map<String, Object> content(List<String> types, Schema schema) {
        var content = new LinkedHashMap<String, Object>();
        for (String type : types) {
            boolean lines = type.contains("ndjson");
            content.put(
                    type,
                    new JsonLine()
                            .with(
                                    "schema",
                                    lines
                                            ? Map.of(
                                                    "type",
                                                    "string",
                                                    "description",
                                                    "One JSON document a line.")
                                            : types.size() > 1
                                                    ? Schema.list(schema).says()
                                                    : schema.use()));
        }
        return content;
    }

    private static Map<String, Object> responses(Route route) {
        var responses = new LinkedHashMap<String, Object>();
        for (Route.Answer answer : route.answers()) {
            var json = new JsonLine().with("description", answer.description());
            if (!answer.contentType().isEmpty()) {
                json.with("content", content(answer));
            }
            responses.put(Integer.toString(answer.status()), json);
        }
        problems(route)
                .forEach((status, refusals) -> {
                    var codes = new StringBuilder();
                    refusals.forEach(
                            each -> codes.append("`%s`: %s ".formatted(each.code(), each.when())));
                    responses.put(
                            Integer.toString(status),
                            new JsonLine()
                                    .with("description", codes.toString().strip())
                                    .with(
                                            "content",
                                            Map.of(
                                                    PROBLEM,
                                                    Map.of("schema", Problem.SHAPE.use()))));
                });
        return responses;
    }

    private static JsonLine content(Route.Answer answer) {
        var media = new JsonLine().with("schema", answer.schema().use());
        if (!answer.events().isEmpty()) {
            var events = new TreeMap<String, Object>();
            answer.events().forEach((type, schema) -> events.put(type, schema.use()));
            // OpenAPI 3.1 has no words for the events of a stream
            media.with("x-events", events);
        }
        return new JsonLine().with(answer.contentType(), media);
    }

    /** Every problem that a route may answer, by status; what the tests hold it to. */
    public static Map<Integer, List<Route.Refusal>> problems(Route route) {
        var all = new ArrayList<>(route.refusals());
        if (route.body().isPresent()) {
            all.addAll(READING);
        }
        if (!(route.need() instanceof Need.Nothing)) {
            all.addAll(ROLES);
        }
        if (!route.isSafe()) {
            all.addAll(UNSAFE);
        }
        all.addAll(STANDING);
        var byStatus = new TreeMap<Integer, List<Route.Refusal>>();
        all.forEach(each ->
                byStatus.computeIfAbsent(each.status(), status -> new ArrayList<>()).add(each));
        return byStatus;
    }
}
