package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Passwords;
import dev.millrace.web.http.Cors;
import dev.millrace.web.http.Grant;
import dev.millrace.web.http.Mount;
import dev.millrace.web.http.Network;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Who;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Who may do what, over HTTP. */
@Timeout(120)
class AccessTest {
    /** What the same says for everybody, or only echoes what was asked. */
    private static final Set<String> SAME_FOR_ALL =
            Set.of("me", "openapi", "live", "ready", "signIn", "signOut", "enqueueJobs");

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

    /** The cookie as a browser has it of another server on the same store. */
    private static String at(Served served, String cookie) {
        return cookie.replaceFirst("millrace-[0-9]+=", "millrace-%d=".formatted(served.web.port()));
    }

    private static Served served() {
        return new Served(new MemoryStore(), b -> b, People::with);
    }

    @Test
    void otherAddressesAreListenedOnOnlyWhenWhoeverAsksHasToSayWhoTheyAre() {
        assertThatThrownBy(() -> WebSettings.standard().at("0.0.0.0", 0))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("--access FILE");
        assertThat(People.with(WebSettings.standard()).at("0.0.0.0", 0).host())
                .isEqualTo("0.0.0.0");
    }

    @Test
    void aSessionBeginsWithAPasswordHoldsInEveryProcessAndEndsInAll() throws Exception {
        var store = new MemoryStore();
        try (var one = new Served(store, b -> b, People::with);
                var other = new Served(store, b -> b, People::with)) {
            assertThat(one.get("/api/v1/queues").statusCode()).isEqualTo(401);
            var nobody = Served.json(one.get("/api/v1/me"));
            assertThat(nobody.get("user").isNull()).isTrue();
            assertThat(nobody.get("access").asString()).isEqualTo("users");
            var signedIn = signIn(one, "anna", People.PASSWORD);
            assertThat(signedIn.statusCode()).isEqualTo(200);
            assertThat(signedIn.headers().firstValue("Set-Cookie").orElseThrow())
                    .contains("; HttpOnly; SameSite=Strict")
                    .doesNotContain("Secure");
            String csrf = Served.json(signedIn).get("csrf").asString();
            String cookie = cookie(signedIn);
            var me = other.send(other.to("/api/v1/me").header("Cookie", at(other, cookie)));
            assertThat(Served.json(me).get("user").asString()).isEqualTo("anna");
            assertThat(Served.json(me).get("csrf").asString()).isEqualTo(csrf);
            assertThat(
                            other.send(
                                            other.to("/api/v1/queues")
                                                    .header("Cookie", at(other, cookie)))
                                    .statusCode())
                    .isEqualTo(200);
            var out =
                    one.send(
                            one.to("/api/v1/session")
                                    .header("Cookie", cookie)
                                    .header("X-Millrace-CSRF", csrf)
                                    .DELETE());
            assertThat(out.statusCode()).isEqualTo(204);
            assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
            assertThat(
                            other.send(
                                            other.to("/api/v1/queues")
                                                    .header("Cookie", at(other, cookie)))
                                    .statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void anotherPasswordEndsTheSessionsOfTheOldOne() throws Exception {
        var store = new MemoryStore();
        String cookie;
        try (var before = new Served(store, b -> b, People::with)) {
            cookie = cookie(signIn(before, "bob", People.PASSWORD));
        }
        String hash = Passwords.hash("another one", new Random(2));
        var changed = AccessRules.parse("f", List.of("user bob " + hash + " viewer:mine*"));
        try (var after =
                new Served(store, b -> b, s -> s.access(WebAccess.open().rules(changed)))) {
            var answer = after.send(after.to("/api/v1/queues").header("Cookie", at(after, cookie)));
            assertThat(answer.statusCode()).isEqualTo(401);
        }
    }

    @Test
    void aWrongPasswordAndAnUnknownUserAreAnsweredAlikeAndNotForEver() throws Exception {
        try (var served = served()) {
            var wrong = signIn(served, "anna", "wrong");
            var unknown = signIn(served, "nobody", "wrong");
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(unknown.body()).isEqualTo(wrong.body());
            for (int i = 0; i < 9; i++) {
                assertThat(signIn(served, "anna", "wrong").statusCode()).isEqualTo(401);
            }
            var refused = signIn(served, "anna", People.PASSWORD);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 300L);
            assertThat(signIn(served, "bob", People.PASSWORD).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aTokenIsKnownByItsHashAndAWrongOneIsRefusedEverywhere() throws Exception {
        try (var served = served()) {
            served.token = People.ADMIN;
            assertThat(served.get("/api/v1/queues").statusCode()).isEqualTo(200);
            assertThat(Served.json(served.get("/api/v1/me")).get("user").asString())
                    .isEqualTo("root");
            served.token = "no-such-token";
            var refused = served.get("/api/v1/queues");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .contains("invalid_token");
            assertThat(refused.body()).doesNotContain("no-such-token");
        }
    }

    @Test
    void whoeverSeesSomeQueuesLearnsNothingOfOthersByAnyRoute() throws Exception {
        try (var calls = new RouteCalls(People::with)) {
            calls.enqueue("{\"kind\":\"ours\",\"queue\":\"mine-1\"}");
            for (Route route : calls.served.web.routes()) {
                for (String token : List.of(People.MINE, People.LOOKER)) {
                    var call = RouteCalls.CALLS.get(route.operation()).on(calls);
                    calls.served.token = token;
                    var request =
                            calls.served
                                    .to(call.path())
                                    .method(
                                            route.method().name(),
                                            BodyPublishers.ofString(call.body()));
                    if (!call.contentType().isEmpty()) {
                        request.header("Content-Type", call.contentType());
                    }
                    if (route.answers().getFirst().contentType().equals("text/event-stream")
                            && !call.path().contains("/jobs/")) {
                        calls.served.token = People.ADMIN;
                        continue;
                    }
                    var answer = calls.served.send(request);
                    calls.served.token = People.ADMIN;
                    String what = route.operation() + " " + answer.statusCode();
                    if (SAME_FOR_ALL.contains(route.operation())) {
                        continue;
                    }
                    if (answer.statusCode() >= 400) {
                        assertThat(answer.statusCode()).as(what).isIn(403, 404);
                    } else {
                        assertThat(route.isSafe()).as(what).isTrue();
                    }
                    assertThat(answer.body())
                            .as(what)
                            .doesNotContain(
                                    "\"queue\":\"default\"",
                                    "\"queue\":\"q1\"",
                                    "\"queue\":\"q9\"",
                                    "\"kind\":\"fails\"",
                                    "\"kind\":\"works\"",
                                    "\"kind\":\"held\"",
                                    "\"kind\":\"nobody\"");
                }
            }
        }
    }

    @Test
    void whoeverSeesSomeQueuesMayWorkWithThem() throws Exception {
        try (var served = served()) {
            served.token = People.ADMIN;
            served.enqueue("{\"kind\":\"k\",\"queue\":\"theirs\",\"unique\":\"u\"}");
            served.token = People.MINE;
            var accepted = served.enqueue("{\"kind\":\"k\",\"queue\":\"mine-1\"}");
            assertThat(accepted.statusCode()).isEqualTo(201);
            long id = Served.json(accepted).get("id").asLong();
            assertThat(Served.json(served.get("/api/v1/jobs")).get("items")).hasSize(1);
            assertThat(Served.json(served.get("/api/v1/queues")).get("items")).hasSize(1);
            assertThat(served.get("/api/v1/jobs?queue=theirs").statusCode()).isEqualTo(403);
            assertThat(served.enqueue("{\"kind\":\"k\",\"queue\":\"theirs\"}").statusCode())
                    .isEqualTo(403);
            assertThat(
                            served.enqueue("{\"kind\":\"k\",\"queue\":\"mine-1\",\"unique\":\"u\"}")
                                    .statusCode())
                    .isEqualTo(409);
            var bulk =
                    served.post(
                            "/api/v1/jobs/bulk",
                            "application/x-ndjson",
                            "{\"kind\":\"k\",\"queue\":\"theirs\"}\n"
                                    + "{\"kind\":\"k\",\"queue\":\"mine-1\"}\n");
            assertThat(Served.json(bulk).get("accepted").asInt()).isEqualTo(1);
            var everything =
                    served.post(
                            "/api/v1/jobs/actions",
                            "application/json",
                            "{\"action\":\"cancel\",\"filter\":{}}");
            assertThat(everything.statusCode()).isEqualTo(403);
            var cancelled = served.post("/api/v1/jobs/" + id + "/cancel", "text/plain", "");
            assertThat(cancelled.statusCode()).isEqualTo(200);
            served.token = People.LOOKER;
            assertThat(served.post("/api/v1/jobs/" + id + "/retry", "text/plain", "").statusCode())
                    .isEqualTo(403);
            assertThat(served.get("/metrics").statusCode()).isEqualTo(403);
            assertThat(served.get("/api/v1/audit").statusCode()).isEqualTo(403);
        }
    }

    @Test
    void aStreamTellsOnlyOfQueuesThatMayBeSeen() throws Exception {
        try (var served = served()) {
            served.token = People.LOOKER;
            var stream =
                    served.client.send(
                            served.to("/api/v1/events").build(), BodyHandlers.ofInputStream());
            served.token = People.ADMIN;
            try (var in =
                    new BufferedReader(
                            new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
                for (int i = 0; i < 3; i++) {
                    served.enqueue("{\"kind\":\"other\",\"queue\":\"theirs\"}");
                    served.enqueue("{\"kind\":\"ours\",\"queue\":\"mine-1\"}");
                }
                boolean seen = false;
                for (int lines = 0; !seen; lines++) {
                    String line = in.readLine();
                    assertThat(line).doesNotContain("theirs", "other", "memory:");
                    seen = line.startsWith("data: {\"items\":[{\"queue\":\"mine-1\"");
                    assertThat(lines).isLessThan(10_000);
                }
            }
        }
    }

    @Test
    void whatASessionChangesMustCarryItsHeader() throws Exception {
        try (var served = served()) {
            var signedIn = signIn(served, "anna", People.PASSWORD);
            String cookie = cookie(signedIn);
            String csrf = Served.json(signedIn).get("csrf").asString();
            var pause = served.to("/api/v1/queues/q/pause").POST(BodyPublishers.noBody());
            assertThat(served.send(pause.copy().header("Cookie", cookie)).statusCode())
                    .isEqualTo(403);
            assertThat(
                            served.send(
                                            pause.copy()
                                                    .header("Cookie", cookie)
                                                    .header("X-Millrace-CSRF", csrf + "x"))
                                    .statusCode())
                    .isEqualTo(403);
            for (String origin : List.of("http://evil.example", "null")) {
                var forged =
                        pause.copy()
                                .header("Cookie", cookie)
                                .header("X-Millrace-CSRF", csrf)
                                .header("Origin", origin);
                assertThat(served.send(forged).statusCode()).as(origin).isEqualTo(403);
            }
            assertThat(served.millrace.store().control("q").paused()).isFalse();
            assertThat(
                            served.send(
                                            pause.copy()
                                                    .header("Cookie", cookie)
                                                    .header("X-Millrace-CSRF", csrf))
                                    .statusCode())
                    .isEqualTo(200);
            assertThat(served.millrace.store().control("q").paused()).isTrue();
        }
    }

    private static String planted(Served served) {
        return "millrace-%d=planted-by-somebody".formatted(served.web.port());
    }

    @Test
    void aSessionIsAlwaysANewOne() throws Exception {
        try (var served = served()) {
            var planted =
                    served.to("/api/v1/session")
                            .header("Content-Type", "application/json")
                            .header("Cookie", planted(served))
                            .POST(
                                    BodyPublishers.ofString(
                                            "{\"user\":\"anna\",\"password\":\"%s\"}"
                                                    .formatted(People.PASSWORD)));
            String first = cookie(served.send(planted));
            assertThat(first).doesNotContain("planted");
            assertThat(
                            served.send(
                                            served.to("/api/v1/queues")
                                                    .header("Cookie", planted(served)))
                                    .statusCode())
                    .isEqualTo(401);
            var again =
                    served.to("/api/v1/session")
                            .header("Content-Type", "application/json")
                            .header("Cookie", first)
                            .POST(
                                    BodyPublishers.ofString(
                                            "{\"user\":\"anna\",\"password\":\"%s\"}"
                                                    .formatted(People.PASSWORD)));
            String second = cookie(served.send(again));
            assertThat(second).isNotEqualTo(first);
            assertThat(
                            served.send(served.to("/api/v1/queues").header("Cookie", first))
                                    .statusCode())
                    .isEqualTo(401);
            assertThat(
                            served.send(served.to("/api/v1/queues").header("Cookie", second))
                                    .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void theHostApplicationMayKnowPeopleItself() throws Exception {
        WebAccess own =
                WebAccess.open()
                        .authenticator(incoming ->
                                incoming.header("X-Sso-User")
                                        .map(name ->
                                                Who.user(
                                                        name,
                                                        List.of(new Grant(Role.VIEWER, "*")))));
        try (var served = new Served(new MemoryStore(), b -> b, s -> s.access(own))) {
            assertThat(served.get("/api/v1/queues").statusCode()).isEqualTo(401);
            var answer = served.send(served.to("/api/v1/queues").header("X-Sso-User", "carl"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(signIn(served, "carl", "x").statusCode()).isEqualTo(409);
        }
    }

    @Test
    void itStandsBelowAPathAndBehindAProxyThatItTrusts() throws Exception {
        var access =
                WebAccess.open()
                        .rules(People.rules())
                        .mount(new Mount("/jobs", List.of(Network.parse("127.0.0.0/8"))));
        try (var served = new Served(new MemoryStore(), b -> b, s -> s.access(access))) {
            assertThat(served.web.address()).endsWith("/jobs/");
            HttpRequest bare = served.to("/jobs").build();
            var redirect = served.client.send(bare, BodyHandlers.ofString());
            assertThat(redirect.statusCode()).isEqualTo(308);
            assertThat(redirect.headers().firstValue("Location")).hasValue("/jobs/");
            assertThat(raw(served, "/api/v1/queues").statusCode()).isEqualTo(404);
            assertThat(raw(served, "/jobs/health/live").statusCode()).isEqualTo(200);
            assertThat(raw(served, "/jobs/").statusCode()).isEqualTo(200);
            var signIn =
                    served.to("/jobs/api/v1/session")
                            .header("Content-Type", "application/json")
                            .header("X-Forwarded-Proto", "https")
                            .header("X-Forwarded-Host", "jobs.example")
                            .header("Origin", "https://jobs.example")
                            .POST(
                                    BodyPublishers.ofString(
                                            "{\"user\":\"anna\",\"password\":\"%s\"}"
                                                    .formatted(People.PASSWORD)));
            var answer = served.client.send(signIn.build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
                    .contains("; Path=/jobs;")
                    .endsWith("; Secure");
            served.token = People.ADMIN;
            var accepted =
                    served.to("/jobs/api/v1/jobs")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"kind\":\"k\"}"));
            assertThat(
                            served.client
                                    .send(accepted.build(), BodyHandlers.ofString())
                                    .headers()
                                    .firstValue("Location")
                                    .orElseThrow())
                    .startsWith("/jobs/api/v1/jobs/");
        }
    }

    private static HttpResponse<String> raw(Served served, String path) throws Exception {
        return served.client.send(served.to(path).build(), BodyHandlers.ofString());
    }

    @Test
    void whatAProxySaysCountsOnlyWhenItIsTrusted() throws Exception {
        try (var served = served()) {
            var signIn =
                    served.to("/api/v1/session")
                            .header("Content-Type", "application/json")
                            .header("X-Forwarded-Proto", "https")
                            .header("X-Forwarded-For", "6.6.6.6")
                            .POST(
                                    BodyPublishers.ofString(
                                            "{\"user\":\"anna\",\"password\":\"%s\"}"
                                                    .formatted(People.PASSWORD)));
            var answer = served.send(signIn);
            assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
                    .doesNotContain("Secure");
        }
    }

    @Test
    void pagesOfOtherSitesMayAskOnlyWhenTheyAreNamed() throws Exception {
        var access =
                WebAccess.open()
                        .rules(People.rules())
                        .cors(new Cors(Set.of("https://app.example")));
        try (var served = new Served(new MemoryStore(), b -> b, s -> s.access(access));
                var closed = served()) {
            var ask =
                    served.to("/api/v1/jobs")
                            .header("Origin", "https://app.example")
                            .header("Access-Control-Request-Method", "POST")
                            .method("OPTIONS", BodyPublishers.noBody());
            var allowed = served.send(ask);
            assertThat(allowed.statusCode()).isEqualTo(204);
            assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://app.example");
            assertThat(allowed.headers().firstValue("Access-Control-Allow-Methods").orElseThrow())
                    .contains("POST");
            assertThat(allowed.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
            served.token = People.ADMIN;
            closed.token = People.ADMIN;
            for (Served each : List.of(served, closed)) {
                var post =
                        each.to("/api/v1/jobs")
                                .header("Origin", "https://app.example")
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"kind\":\"k\"}"));
                var answer = each.send(post);
                Optional<String> header =
                        answer.headers().firstValue("Access-Control-Allow-Origin");
                assertThat(answer.statusCode()).isEqualTo(each == served ? 201 : 403);
                assertThat(header.isPresent()).isEqualTo(each == served);
            }
        }
    }

    @Test
    void everyFaultOfAnAccessFileIsNamedAndNoSecretIs() {
        assertThatThrownBy(() ->
                        AccessRules.parse(
                                "who.txt",
                                List.of(
                                        "user anna plaintext-secret admin",
                                        "user bob",
                                        "token t sha256:abc admin",
                                        "usr x",
                                        "session 1s",
                                        "token u sha256:" + "0".repeat(64) + " king:mail*",
                                        "hide *")))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("who.txt line 1: user 'anna': a hash must be of argon2id")
                .hasMessageContaining("line 2: expected 'user NAME HASH ROLE[:QUEUES]…'")
                .hasMessageContaining("line 3: token 't'")
                .hasMessageContaining("line 4: expected user, token, hide or session")
                .hasMessageContaining("line 5: a session must last 1m to 30d")
                .hasMessageContaining(
                        "line 6: a role is viewer, operator, admin or worker, got 'king'")
                .hasMessageContaining("line 7: expected 'hide")
                .hasMessageNotContaining("plaintext-secret");
    }
}
