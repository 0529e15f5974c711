package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.http.Method;
import dev.millrace.web.http.Need;
import dev.millrace.web.http.Parameter;
import dev.millrace.web.http.Response;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Router;
import dev.millrace.web.http.Type;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;

/** What every route of the API has in common, looked at one by one. */
@Timeout(60)
class RoutesTest {
    private static String path(Route route) {
        return filled(route.template());
    }

    private static String filled(String template) {
        return template.replaceAll("\\{[^}]*}", "12345");
    }

    @Test
    void everyRouteIsDescribedAndRefusesWhatItDoesNotKnow() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            assertThat(served.web.routes()).hasSizeGreaterThan(10);
            for (Route route : served.web.routes()) {
                String name = route.method() + " " + route.template();
                assertThat(route.summary()).as(name).isNotBlank().endsWith(".");
                assertThat(route.answers()).as(name).isNotEmpty();
                assertThat(route.parameters())
                        .as(name)
                        .allMatch(each -> each.description().endsWith("."));
                var odd =
                        served.send(
                                served.to(path(route) + "?nonsense=1")
                                        .header("Content-Type", "application/json")
                                        .method(
                                                route.method().name(),
                                                BodyPublishers.ofString("{}")));
                assertThat(odd.statusCode()).as(name).isEqualTo(400);
                assertThat(odd.body()).as(name).contains("unknown parameter 'nonsense'");
                var put = served.send(served.to(path(route)).PUT(BodyPublishers.noBody()));
                assertThat(put.statusCode()).as(name).isEqualTo(405);
                assertThat(put.headers().firstValue("Allow").orElseThrow())
                        .as(name)
                        .contains(route.method().name());
                var options =
                        served.send(
                                served.to(path(route)).method("OPTIONS", BodyPublishers.noBody()));
                assertThat(options.statusCode()).as(name).isEqualTo(204);
            }
        }
    }

    @Test
    void everyParameterRefusesWhatDoesNotFit() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            for (Route route : served.web.routes()) {
                for (Parameter<?> parameter : route.parameters()) {
                    if (parameter.in() == Parameter.In.HEADER) {
                        continue;
                    }
                    boolean query = parameter.in() == Parameter.In.QUERY;
                    String odd = "%20%C3%A9".repeat(150);
                    String path =
                            query
                                    ? path(route) + "?" + parameter.name() + "=" + odd
                                    : filled(
                                            route.template()
                                                    .replace("{" + parameter.name() + "}", odd));
                    var answer =
                            served.send(
                                    served.to(path)
                                            .method(
                                                    route.method().name(),
                                                    BodyPublishers.noBody()));
                    assertThat(answer.statusCode()).as(path).isEqualTo(400);
                    assertThat(Served.json(answer).get("expected").asString())
                            .isEqualTo(parameter.type().expected());
                }
            }
        }
    }

    @Test
    void aRouterRefusesRoutesThatContradictEachOther() {
        Route.Handler nothing = request -> Response.empty(204);
        var one = Route.of(Need.nothing(), Method.GET, "/a", "a", "A.", nothing);
        assertThatThrownBy(() -> new Router(List.of(one, one)))
                .isInstanceOf(IllegalArgumentException.class);
        var undeclared = Route.of(Need.nothing(), Method.GET, "/a/{b}", "b", "B.", nothing);
        assertThatThrownBy(() -> new Router(List.of(undeclared)))
                .isInstanceOf(IllegalArgumentException.class);
        var samename = Route.of(Need.nothing(), Method.GET, "/c", "a", "C.", nothing);
        assertThatThrownBy(() -> new Router(List.of(one, samename)))
                .isInstanceOf(IllegalArgumentException.class);
        var declared = undeclared.takes(Parameter.path("b", Type.name(), "B."));
        assertThat(new Router(List.of(one, declared)).routes()).hasSize(2);
    }
}
