package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Route;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** Text that wants to be a program, and pages of others that want to act here. */
class HostileTest {
    private static final List<String> SCRIPTS =
            List.of(
                    "<img src=x onerror=alert(1)>",
                    "<script>alert(1)</script>",
                    "\"><svg onload=alert(1)>",
                    "javascript:alert(1)",
                    "'-alert(1)-'",
                    "{{constructor.constructor('alert(1)')()}}");

    private @TempDir Path folder;
    private Served served;

    @BeforeEach
    void serve() {
        served =
                new Served(
                        folder,
                        builder -> builder.workerName(SCRIPTS.getFirst()),
                        UnaryOperator.identity());
    }

    @AfterEach
    void close() {
        served.close();
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** A dialog of the browser, or an element that the text has become, fails the visit. */
    private static void isOnlyText(Visit visit, String script) {
        assertThat(visit.page.locator("main img, main script, main [onload], main [onerror]"))
                .hasCount(0);
        assertThat(visit.page.locator("main").innerText()).contains(script);
    }

    @Test
    void whatLooksLikeAProgramIsShownAsTextEverywhere() throws Exception {
        for (String script : SCRIPTS) {
            String json = "{%s: %s}".formatted(quoted(script), quoted(script));
            long done = served.ended(Served.MAIL.with(Served.json(json)).queue("mail"));
            long failed =
                    served.ended(Served.FAIL.with(Served.json(quoted(script))).queue("import"));
            long running = served.enqueue(Served.HOLD.with(Served.json(quoted(script))));
            // a search for such a text is refused as no search
            try (var visit = served.visit().expectRefusal().to("#/jobs/" + done)) {
                assertThat(visit.page.locator("#payload")).isVisible();
                assertThat(visit.page.locator("#result")).isVisible();
                isOnlyText(visit, script.replace("\"", "\\\""));
                visit.to("#/jobs/" + failed);
                assertThat(visit.page.locator("#error")).isVisible();
                isOnlyText(visit, script.replace("\"", "\\\""));
                visit.to("#/jobs/" + running);
                assertThat(visit.page.locator(".log")).isVisible();
                isOnlyText(visit, script.replace("\"", "\\\""));
                visit.buttonLike("Enqueue a copy").click();
                assertThat(visit.dialog()).isVisible();
                visit.to("#/jobs?q=" + URLEncoder.encode(script, StandardCharsets.UTF_8));
                assertThat(visit.page.locator("#filter")).hasValue(script);
                visit.to("#/queues/" + URLEncoder.encode(script, StandardCharsets.UTF_8));
                assertThat(visit.page.locator("[role=alert]")).containsText("There is no queue");
            }
        }
        try (var visit = served.visit().to("#/workers")) {
            assertThat(visit.page.locator("tbody tr")).hasCount(1);
            isOnlyText(visit, SCRIPTS.getFirst());
            visit.picture("hostile-worker");
        }
    }

    @Test
    void namesThatAreProgramsAreRefusedAtTheDoor() throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            for (String member : List.of("kind", "queue", "tags")) {
                String value = quoted("<script>");
                String said = member.equals("tags") ? "[" + value + "]" : value;
                String kind = member.equals("kind") ? "" : "\"kind\": \"mail.send\", ";
                var request =
                        HttpRequest.newBuilder(URI.create(served.address() + "api/v1/jobs"))
                                .header("Content-Type", "application/json")
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{%s\"%s\": %s}".formatted(kind, member, said)));
                assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode())
                        .as(member)
                        .isEqualTo(400);
            }
        }
    }

    @Test
    void thePagesPolicyRefusesProgramsThatWereSmuggledIn() {
        try (var visit = new Visit(served.address())) {
            visit.to("#/");
            assertThat(visit.page.locator("h1")).hasText("Overview");
            visit.expectPolicy().expectRefusal();
            visit.page.evaluate(
                    """
                    () => {
                      const script = document.createElement('script');
                      script.textContent = 'window.smuggled = true';
                      document.body.append(script);
                      const image = document.createElement('div');
                      image.innerHTML = '<img src=x onerror="window.smuggled = true">';
                      document.body.append(image);
                    }\
                    """);
            assertThat(visit.page.evaluate("window.smuggled === undefined")).isEqualTo(true);
        }
    }

    @Test
    void aPageOfAnotherSiteChangesNothing() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        String target = served.address() + "api/v1/queues/mail/pause";
        try (var visit = new Visit("http://evil.example/").expectRefusal().elsewhere()) {
            visit.page.route(
                    "http://evil.example/**",
                    route ->
                            route.fulfill(
                                    new Route.FulfillOptions()
                                            .setContentType("text/html")
                                            .setBody(
                                                    """
                                                    <form method=post action="%s"><button>win</button></form>
                                                    """
                                                            .formatted(target))));
            visit.to("");
            visit.page.evaluate(
                    "target => fetch(target, {method: 'POST', mode: 'no-cors'}).catch(() => 0)",
                    target);
            visit.page.evaluate(
                    """
                    target => fetch(target, {method: 'PATCH', body: '{"paused": true}',
                      headers: {'Content-Type': 'application/json'}}).catch(() => 0)\
                    """,
                    served.address() + "api/v1/queues/mail");
            int status = visit.statusOf("/pause", () -> visit.page.locator("button").click());
            assertThat(status).isIn(403, 401);
            assertThat(served.millrace.store().control("mail").paused()).isFalse();
        }
    }

    @Test
    void noOtherSiteMayFrameThePage() {
        try (var visit =
                new Visit("http://evil.example/").expectRefusal().expectPolicy().elsewhere()) {
            visit.page.route(
                    "http://evil.example/**",
                    route ->
                            route.fulfill(
                                    new Route.FulfillOptions()
                                            .setContentType("text/html")
                                            .setBody("<iframe src=\"" + served.address() + "\">")));
            visit.to("");
            assertThat(visit.page.frameLocator("iframe").locator("#page")).hasCount(0);
        }
    }
}
