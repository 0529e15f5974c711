package dev.millrace.web.api;

import dev.millrace.web.http.Etag;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.schema.Schema;

import java.util.ArrayList;
import java.util.List;

/** Where the description of the API is had, itself included. */
final class OpenApiRoute {
    private final Response document;
    private final List<Route> all;

    private OpenApiRoute(List<Route> others) {
        var mine =
                Route.of(
                                Need.nothing(),
                                Method.GET,
                                Api.V1 + "/openapi.json",
                                "openapi",
                                "Describe the API.",
                                request -> document())
                        .answers(200, Schema.map(Schema.any()), "By OpenAPI 3.1.");
        var described = new ArrayList<>(others);
        described.add(mine);
        this.all = List.copyOf(described);
        this.document = Etag.on(Response.json(200, OpenApi.document(all)));
    }

    /** These routes, and one that describes them. */
    static List<Route> with(List<Route> others) {
        return new OpenApiRoute(others).all;
    }

    private Response document() {
        return document;
    }
}
