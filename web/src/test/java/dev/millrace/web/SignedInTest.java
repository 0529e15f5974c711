package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/** Sessions and their cookies. */
@Timeout(120)
class SignedInTest {
    private static HttpResponse<String> signIn(Served served, String user, String password)
            throws Exception {
        return served.post(
                "/api/v1/session",
                "application/json",
                "{\"user\":\"%s\",\"password\":\"%s\"}".formatted(user, password));
    }

    private static String cookie(HttpResponse<String> answer) {
        return answer.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", "");
    }

    private static Served served() {
        return new Served(new MemoryStore(), b -> b, People::with);
    }

    private static String planted(Served served) {
        return "millrace-%d=planted-by-somebody".formatted(served.web.port());
    }

    @Test
    void aWrongCookieHidesNoRightOneAndServersOfOneHostHaveTheirOwn() throws Exception {
        try (var served = served();
                var other = served()) {
            String cookie = cookie(signIn(served, "anna", People.PASSWORD));
            assertThat(cookie).startsWith("millrace-%d=".formatted(served.web.port()));
            String its = cookie(signIn(other, "bob", People.PASSWORD));
            for (String all :
                    List.of(
                            planted(served) + "; " + cookie,
                            "%s; %s".formatted(its, cookie),
                            "%s; %s".formatted(cookie, its))) {
                var me = served.send(served.to("/api/v1/me").header("Cookie", all));
                assertThat(Served.json(me).get("user").asString()).as(all).isEqualTo("anna");
            }
        }
    }

    @Test
    void whatIsOpenBySomebodyEndsSoonAfterTheirSession() throws Exception {
        var store = new MemoryStore();
        try (var one = new Served(store, b -> b, People::with);
                var other = new Served(store, b -> b, People::with)) {
            for (Served where : List.of(one, other)) {
                var me = signIn(one, "anna", People.PASSWORD);
                var stream =
                        one.client.send(
                                one.to("/api/v1/events").header("Cookie", cookie(me)).build(),
                                BodyHandlers.ofInputStream());
                assertThat(stream.statusCode()).isEqualTo(200);
                assertThat(stream.body().read()).as("it has begun").isNotNegative();
                String name = "millrace-%d=".formatted(where.web.port());
                var out =
                        where.send(
                                where.to("/api/v1/session")
                                        .header(
                                                "Cookie",
                                                cookie(me).replaceFirst("millrace-[0-9]+=", name))
                                        .header(
                                                "X-Millrace-CSRF",
                                                Served.json(me).get("csrf").asString())
                                        .DELETE());
                assertThat(out.statusCode()).isEqualTo(204);
                // ends long before the five minutes after which it would by itself
                assertThat(stream.body().readAllBytes()).isNotNull();
            }
        }
    }
}
