package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;

import dev.millrace.web.WebAccess;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Passwords;
import dev.millrace.web.http.Mount;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.UnaryOperator;

/** Who may see and do what; below a path, as behind a proxy. */
@TestInstance(Lifecycle.PER_CLASS)
class RolesTest {
    private static final String PASSWORD = "correct horse battery staple";

    private Served served;
    private long discarded;
    private long hidden;

    @BeforeAll
    void serve(@TempDir Path folder) throws Exception {
        String hash = Passwords.hash(PASSWORD, new SecureRandom());
        var rules =
                AccessRules.parse(
                        "the test's file",
                        List.of(
                                "user anna " + hash + " admin",
                                "user bob " + hash + " viewer",
                                "user eve " + hash + " viewer operator:mail*",
                                "user ida " + hash + " operator:import"));
        served =
                new Served(
                        folder,
                        UnaryOperator.identity(),
                        settings ->
                                settings.access(
                                        WebAccess.open()
                                                .rules(rules)
                                                .mount(new Mount("/ops/jobs", List.of()))));
        discarded = served.ended(Served.FAIL.with(Served.json("\"row\"")).queue("import"));
        hidden = served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
    }

    @AfterAll
    void close() {
        served.close();
    }

    private Visit as(String user, String path) {
        Visit visit = served.visit().expectRefusal().to(path);
        visit.signIn(user, PASSWORD);
        assertThat(visit.page.locator(".link-state")).hasText("live");
        return visit;
    }

    @Test
    void nobodySeesAnythingBeforeTheySignIn() {
        assertThat(served.address()).endsWith("/ops/jobs/");
        try (var visit = served.visit().expectRefusal().to("#/jobs/" + discarded)) {
            assertThat(visit.button("Sign in")).isVisible();
            assertThat(visit.page.getByText("import")).hasCount(0);
            visit.picture("sign-in").isAccessible("sign-in");
            visit.signIn("anna", "wrong");
            assertThat(visit.page.getByRole(AriaRole.ALERT)).isVisible();
            visit.signIn("anna", PASSWORD);
            // where they wanted to go
            assertThat(visit.page).hasTitle("Job %d · Millrace".formatted(discarded));
            assertThat(visit.page.locator(".head .badge")).hasText("discarded");
            visit.page.reload();
            assertThat(visit.page.locator(".head .badge")).hasText("discarded");
            visit.button("Sign out").click();
            assertThat(visit.button("Sign in")).isVisible();
            visit.page.reload();
            assertThat(visit.button("Sign in")).isVisible();
        }
    }

    @Test
    void aViewerLooksAtEverythingAndIsOfferedNothing() {
        try (var visit = as("bob", "#/jobs/" + discarded)) {
            assertThat(visit.page.locator(".head .badge")).hasText("discarded");
            assertThat(visit.page.locator(".head .button")).hasCount(0);
            visit.to("#/jobs");
            assertThat(visit.page.locator(".jobs tbody tr")).hasCount(2);
            assertThat(visit.page.getByRole(AriaRole.CHECKBOX)).hasCount(0);
            assertThat(visit.button("Retry…")).hasCount(0);
            visit.to("#/queues");
            assertThat(visit.row("import")).isVisible();
            assertThat(visit.page.locator("main .button, main input")).hasCount(0);
            visit.to("#/workers");
            assertThat(visit.row("shop-1")).isVisible();
            assertThat(visit.page.locator("main .button")).hasCount(0);
            visit.to("#/discarded");
            assertThat(visit.page.locator(".group")).hasCount(1);
            assertThat(visit.button("Retry all")).hasCount(0);
            assertThat(visit.link("Audit")).hasCount(0);
            // nothing is on those
            assertThat(visit.link("Schedules")).hasCount(0);
            assertThat(visit.link("Pipelines")).hasCount(0);
            assertThat(visit.link("Batches")).hasCount(0);
            visit.picture("viewer").isAccessible("viewer");
        }
    }

    @Test
    void anOperatorOfSomeQueuesActsOnThoseOnly() {
        try (var visit = as("eve", "#/queues")) {
            assertThat(visit.button("Pause queue mail")).isVisible();
            assertThat(visit.button("Pause queue import")).hasCount(0);
            visit.button("Pause queue mail").click();
            visit.isTold("Queue mail is paused");
            visit.button("Resume queue mail").click();
            visit.isTold("Queue mail goes on");
            visit.to("#/jobs/" + discarded);
            assertThat(visit.page.locator(".head .badge")).hasText("discarded");
            assertThat(visit.page.locator(".head .button")).hasCount(0);
            // what the page would not offer the server refuses, and says why
            visit.to("#/jobs?q=queue%3Aimport");
            visit.page.getByLabel("Choose job " + discarded).check();
            visit.button("Delete").click();
            visit.button("Delete 1 job").click();
            assertThat(visit.dialog().getByRole(AriaRole.ALERT))
                    .containsText("You may not do this");
            visit.picture("refused");
        }
        assertThat(served.millrace.store().find(discarded)).isPresent();
    }

    @Test
    void whoMaySeeOneQueueSeesNothingOfOthers() {
        try (var visit = as("ida", "#/queues")) {
            assertThat(visit.row("import")).isVisible();
            assertThat(visit.row("mail")).hasCount(0);
            visit.to("#/jobs");
            assertThat(visit.row("import.row")).isVisible();
            assertThat(visit.row("mail.send")).hasCount(0);
            visit.to("#/jobs/" + hidden);
            assertThat(visit.page.getByRole(AriaRole.ALERT)).isVisible();
            assertThat(visit.page.locator("main")).not().containsText("mail.send");
        }
    }

    @Test
    void whatWasDoneIsReadByAnAdmin() {
        try (var visit = as("anna", "#/queues/import")) {
            Locator limit = visit.page.getByLabel("Limit of queue import");
            limit.fill("7");
            visit.button("Set").click();
            visit.isTold("At most 7 of queue import");
            visit.page.keyboard().press("Escape");
            visit.to("#/audit");
            Locator row = visit.row("import").first();
            assertThat(row).containsText("anna");
            assertThat(row).containsText("7");
            visit.picture("audit").isAccessible("audit");
        }
    }

    @Test
    void aStolenCookieWithoutItsTokenChangesNothing() {
        try (var visit = as("anna", "#/queues")) {
            assertThat(visit.row("mail")).isVisible();
            Object status =
                    visit.page.evaluate(
                            """
                            async () => {
                              const path = 'api/v1/queues/mail/pause';
                              return (await fetch(path, { method: 'POST' })).status;
                            }\
                            """);
            assertThat(status).isEqualTo(403);
            assertThat(served.millrace.store().control("mail").paused()).isFalse();
        }
    }
}
