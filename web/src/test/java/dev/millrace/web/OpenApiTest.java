package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.RouteCalls.Call;
import dev.millrace.web.api.OpenApi;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Route;
import dev.millrace.web.job.JobBody;
import dev.millrace.web.schema.Member;
import dev.millrace.web.schema.Schema;

import io.swagger.v3.parser.OpenAPIV3Parser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The description of the API says what the API does. */
@Timeout(120)
class OpenApiTest {
    @Test
    void everyRouteIsCalledAndAnswersAsDocumented() throws Exception {
        try (var calls = new RouteCalls(People::with)) {
            for (Route route : calls.served.web.routes()) {
                var recipe = RouteCalls.CALLS.get(route.operation());
                assertThat(recipe)
                        .as("a line in RouteCalls.CALLS that calls %s", route.operation())
                        .isNotNull();
                Call call = recipe.on(calls);
                HttpRequest request = request(calls.served, route, call);
                if (route.answers().getFirst().contentType().equals("text/event-stream")) {
                    readsEvents(calls, route, request);
                    continue;
                }
                var answer = calls.served.client.send(request, BodyHandlers.ofString());
                assertThat(answer.statusCode())
                        .as("%s: %s", route.operation(), answer.body())
                        .isEqualTo(call.status());
                calls.served.contract().check(request, answer);
            }
        }
    }

    private static boolean namesAJob(Parameter<?> parameter) {
        return parameter.in() == Parameter.In.PATH && parameter.name().equals("id");
    }

    private static HttpRequest request(Served served, Route route, Call call) {
        var request =
                served.to(call.path())
                        .method(route.method().name(), BodyPublishers.ofString(call.body()));
        if (!call.contentType().isEmpty()) {
            request.header("Content-Type", call.contentType());
        }
        return request.build();
    }

    private static void readsEvents(RouteCalls calls, Route route, HttpRequest request)
            throws Exception {
        Set<String> wanted = new HashSet<>(route.answers().getFirst().events().keySet());
        // sent only to a client that is too slow
        wanted.remove("lost");
        var answer = calls.served.client.send(request, BodyHandlers.ofInputStream());
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        try (var in =
                new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            String type = "";
            while (!wanted.isEmpty()) {
                String line = in.readLine();
                assertThat(line).as("%s is still to come", wanted).isNotNull();
                if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    calls.served.contract().checkEvent(route.operation(), type, line.substring(6));
                    wanted.remove(type);
                    calls.completed();
                }
            }
        }
    }

    @Test
    void everyRouteSaysWhatItIs() {
        try (var served = new Served(new MemoryStore())) {
            for (Route route : served.web.routes()) {
                String name = route.method() + " " + route.template();
                assertThat(route.operation()).as(name).matches("[a-z][A-Za-z]{1,40}");
                assertThat(route.summary()).as(name).isNotBlank().endsWith(".");
                assertThat(route.parameters())
                        .as(name)
                        .allMatch(each -> each.description().endsWith("."));
                assertThat(route.answers()).as(name).isNotEmpty();
                assertThat(route.answers())
                        .as(name)
                        .allMatch(each -> each.description().endsWith("."))
                        .allMatch(each -> each.status() >= 200 && each.status() < 300);
                assertThat(route.refusals())
                        .as(name)
                        .allMatch(each -> each.when().endsWith(".") && each.status() >= 400);
                if (route.parameters().stream().anyMatch(OpenApiTest::namesAJob)) {
                    assertThat(OpenApi.problems(route)).as(name).containsKey(404);
                }
                for (Route.Answer answer : route.answers()) {
                    assertThat(OpenApi.problems(route)).as(name).doesNotContainKey(answer.status());
                }
            }
        }
    }

    @Test
    void theDocumentIsOpenApi() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            String text = served.get("/api/v1/openapi.json").body();
            var parsed = new OpenAPIV3Parser().readContents(text);
            assertThat(parsed.getMessages()).isEmpty();
            assertThat(parsed.getOpenAPI().getOpenapi()).isEqualTo("3.1.0");
            assertThat(parsed.getOpenAPI().getPaths()).hasSizeGreaterThan(20);
            var metaschema =
                    SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                            .getSchema(
                                    SchemaLocation.of(
                                            "https://json-schema.org/draft/2020-12/schema"));
            var document = served.contract().document();
            for (var schema : document.at("/components/schemas").properties()) {
                assertThat(metaschema.validate(schema.getValue())).as(schema.getKey()).isEmpty();
            }
            for (String reference : references(text)) {
                assertThat(document.at(reference).isMissingNode()).as(reference).isFalse();
            }
        }
    }

    private static Set<String> references(String text) {
        var found = new HashSet<String>();
        var matcher = Pattern.compile("\"\\$ref\":\"#([^\"]+)\"").matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        assertThat(found).hasSizeGreaterThan(10);
        return found;
    }

    @Test
    void itIsNotSentTwice() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            var first = served.get("/api/v1/openapi.json");
            String tag = first.headers().firstValue("ETag").orElseThrow();
            var again = served.send(served.to("/api/v1/openapi.json").header("If-None-Match", tag));
            assertThat(again.statusCode()).isEqualTo(304);
            assertThat(again.body()).isEmpty();
        }
    }

    @Test
    void whatAJobMaySayIsWhatIsRead() throws Exception {
        var said = new HashMap<String, String>();
        said.put("kind", "\"k\"");
        said.put("payload", "{}");
        said.put("queue", "\"q\"");
        said.put("priority", "3");
        said.put("delay", "\"1s\"");
        said.put("runAt", "\"2040-01-01T00:00:00Z\"");
        said.put("maxAttempts", "3");
        said.put("tags", "[\"t\"]");
        said.put("ttl", "\"1h\"");
        said.put("expiresAt", "\"2040-01-01T00:00:00Z\"");
        said.put("unique", "{\"key\":\"u\",\"window\":\"1h\",\"onConflict\":\"keep\"}");
        said.put("keys", "{\"tenant\":\"a\"}");
        said.put("weight", "2");
        said.put("timeout", "\"5s\"");
        said.put("durability", "\"disk\"");
        said.put("idempotencyKey", "\"i\"");
        assertThat(JobBody.SHAPE.members()).containsExactlyInAnyOrderElementsOf(said.keySet());
        for (String member : said.keySet()) {
            String kind = member.equals("kind") ? "" : "\"kind\":\"k\",";
            JobBody.read("a job", "{%s\"%s\":%s}".formatted(kind, member, said.get(member)));
        }
        assertThatThrownBy(() -> JobBody.read("a job", "{\"kind\":\"k\",\"nope\":1}"))
                .hasMessageContaining("there are " + String.join(", ", JobBody.SHAPE.members()));
    }

    @Test
    void twoSchemasOfOneNameAreRefused() {
        var one = Schema.object("A", "One.", Member.must("x", Schema.text(), "X."));
        var other = Schema.object("A", "Other.", Member.must("x", Schema.count(), "X."));
        var both =
                Schema.object(
                        "B", "Both.", Member.must("a", one, "A."), Member.must("b", other, "B."));
        assertThatThrownBy(() -> both.collect(new HashMap<>()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two schemas are called A");
        assertThat(List.of(one.members())).hasSize(1);
    }
}
