package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import dev.millrace.web.http.Route;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The description of the API, held against real answers: each must have a status, a content type
 * and a shape that its route documents, and no member that is not documented.
 */
final class Contract {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final List<Route> routes;
    private final JsonNode document;
    private final ObjectNode defs;
    private final SchemaRegistry registry =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<String, Schema> compiled = new ConcurrentHashMap<>();

    /** Operations and statuses that were seen, as {@code listJobs 200}. */
    final Set<String> seen = ConcurrentHashMap.newKeySet();

    Contract(List<Route> routes, String document) {
        this.routes = routes;
        this.document = JSON.readTree(document);
        this.defs = (ObjectNode) strict(local(this.document.at("/components/schemas")));
    }

    JsonNode document() {
        return document;
    }

    /** References as they are where the components are definitions of the schema itself. */
    private static JsonNode local(JsonNode schema) {
        return JSON.readTree(schema.toString().replace("#/components/schemas/", "#/$defs/"));
    }

    /** Objects have no members but those that are named. */
    private static JsonNode strict(JsonNode node) {
        if (node instanceof ObjectNode object
                && object.has("properties")
                && object.get("properties").isObject()
                && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
        node.forEach(Contract::strict);
        return node;
    }

    /** Fails unless an answer to a request is one that its route documents. */
    void check(HttpRequest request, HttpResponse<String> answer) {
        Optional<Route> route = route(request.method(), request.uri().getRawPath());
        if (route.isEmpty()
                || request.method().equals("HEAD")
                || answer.statusCode() == 304
                || answer.headers().firstValue("Content-Encoding").isPresent()) {
            return;
        }
        String operation = route.get().operation();
        String what = operation + " " + answer.statusCode();
        seen.add(what);
        JsonNode response =
                document.at(
                        "/paths/%s/%s/responses/%d"
                                .formatted(
                                        escaped(route.get().template()),
                                        request.method().toLowerCase(Locale.ROOT),
                                        answer.statusCode()));
        if (response.isMissingNode()) {
            fail("%s is not documented, got %s".formatted(what, answer.body()));
        }
        String type = answer.headers().firstValue("Content-Type").orElse("");
        String media = type.replaceFirst(";.*", "");
        JsonNode content = response.path("content");
        if (content.isMissingNode()) {
            assertThat(answer.body()).as(what).isEmpty();
            return;
        }
        assertThat(content.has(media)).as("%s documents %s", what, media).isTrue();
        if (media.endsWith("json")) {
            conforms(what, content.path(media).get("schema"), answer.body());
        }
        if (media.equals("application/problem+json")) {
            String code = JSON.readTree(answer.body()).get("code").asString();
            assertThat(response.get("description").asString()).as(what).contains("`" + code + "`:");
        }
    }

    /** The documented schema of the events of a type; fails when there is none. */
    void checkEvent(String operation, String type, String data) {
        Route route =
                routes.stream()
                        .filter(each -> each.operation().equals(operation))
                        .findFirst()
                        .orElseThrow();
        JsonNode schema =
                document.at(
                        "/paths/%s/get/responses/200/content/text~1event-stream/x-events/%s"
                                .formatted(escaped(route.template()), type));
        assertThat(schema.isMissingNode()).as("event %s is documented", type).isFalse();
        conforms(operation + " " + type, schema, data);
    }

    private void conforms(String what, JsonNode schema, String body) {
        Schema known =
                compiled.computeIfAbsent(
                        schema.toString(),
                        text -> {
                            ObjectNode root = (ObjectNode) strict(local(JSON.readTree(text)));
                            root.set("$defs", defs);
                            return registry.getSchema(root);
                        });
        var errors = known.validate(JSON.readTree(body));
        assertThat(errors).as("%s: %s", what, body).isEmpty();
    }

    private Optional<Route> route(String method, String path) {
        String[] segments = path.split("/", -1);
        return routes.stream()
                .filter(each -> each.method().name().equals(method))
                .filter(each -> fits(each.template().split("/", -1), segments))
                .min((a, b) -> Long.compare(braces(a.template()), braces(b.template())));
    }

    private static boolean fits(String[] template, String[] path) {
        boolean fits = template.length == path.length;
        for (int i = 0; fits && i < path.length; i++) {
            fits = template[i].startsWith("{") || template[i].equals(path[i]);
        }
        return fits;
    }

    private static long braces(String template) {
        return template.chars().filter(c -> c == '{').count();
    }

    private static String escaped(String template) {
        return template.replace("~", "~0").replace("/", "~1");
    }
}
