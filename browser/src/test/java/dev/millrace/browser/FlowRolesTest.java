package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.AriaRole;

import dev.millrace.web.WebAccess;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Passwords;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/** Who may see and do what with pipelines, batches, schedules and limits. */
@TestInstance(Lifecycle.PER_CLASS)
class FlowRolesTest {
    private static final String PASSWORD = "correct horse battery staple";

    private Flows flows;
    private long batch;

    @BeforeAll
    void serve(@TempDir Path folder) throws Exception {
        String hash = Passwords.hash(PASSWORD, new SecureRandom());
        var rules =
                AccessRules.parse(
                        "the test's file",
                        List.of(
                                "user bob " + hash + " viewer",
                                "user olga " + hash + " operator",
                                "user ida " + hash + " operator:exports"));
        flows =
                new Flows(
                        folder,
                        (place, with) ->
                                new Served(
                                        place,
                                        with,
                                        settings ->
                                                settings.access(WebAccess.open().rules(rules))));
        flows.submit("bad-1");
        flows.submit("slow-1");
        batch = flows.batch();
        flows.limited();
    }

    @AfterAll
    void close() {
        flows.close();
    }

    private Visit as(String user, String path) {
        Visit visit = flows.served.visit().expectRefusal().to(path).signIn(user, PASSWORD);
        assertThat(visit.page.locator(".link-state")).hasText("live");
        return visit;
    }

    private static void offersNothing(Visit visit) {
        assertThat(visit.page.getByText("Asking…")).hasCount(0);
        assertThat(visit.page.locator("main .button")).hasCount(0);
    }

    @Test
    void aViewerLooksAtAllOfItAndIsOfferedNothing() {
        try (var visit = as("bob", "#/pipelines")) {
            assertThat(visit.row("fetch")).isVisible();
            visit.to("#/pipelines/grade");
            assertThat(visit.card("Failed at fetch")).containsText("status 503");
            offersNothing(visit);
            visit.to("#/pipelines/grade?item=bad-1");
            assertThat(visit.card("Its way")).containsText("discarded");
            offersNothing(visit);
            visit.to("#/batches/" + batch);
            assertThat(visit.card("What follows")).isVisible();
            offersNothing(visit);
            visit.to("#/schedules/nightly");
            assertThat(visit.card("Next ticks")).isVisible();
            offersNothing(visit);
            visit.to("#/queues/exports");
            assertThat(visit.card("Limits by key")).containsText("tenant=acme");
            offersNothing(visit);
            visit.picture("viewer-limits");
        }
    }

    @Test
    void whatAPageWouldNotOfferTheServerRefuses() {
        try (var visit = as("bob", "#/pipelines/grade")) {
            var calls =
                    List.of(
                            "pipelines/grade/steps/fetch/retry",
                            "batches/%d/cancel".formatted(batch),
                            "schedules/nightly/trigger");
            for (String call : calls) {
                Object status =
                        visit.page.evaluate(
                                """
                                async (path) => {
                                  const me = await (await fetch('api/v1/me')).json();
                                  const headers = { 'X-Millrace-CSRF': me.csrf };
                                  return (await fetch(`api/v1/${path}`,
                                    { method: 'POST', headers })).status;
                                }\
                                """,
                                call);
                assertThat(status).as(call).isEqualTo(403);
            }
        }
    }

    @Test
    void anOperatorActsOnAllOfIt() {
        try (var visit = as("olga", "#/pipelines/grade")) {
            assertThat(visit.button("Retry all…")).isVisible();
            visit.to("#/pipelines/grade?item=slow-1");
            assertThat(visit.button("Cancel the rest")).isVisible();
            visit.to("#/batches/" + batch);
            assertThat(visit.button("Cancel the rest")).isVisible();
            visit.to("#/schedules");
            visit.button("Trigger import").click();
            visit.isTold("Schedule import was triggered.");
            visit.to("#/queues/exports");
            visit.button("Change the limit of tenant").click();
            visit.page.getByLabel("At most so many jobs").fill("2");
            visit.button("Set").click();
            visit.isTold("Jobs of queue exports are limited by tenant.");
        }
    }

    @Test
    void whoMaySeeOneQueueIsShownWhatIsOfThatQueueAlone() {
        try (var visit = as("ida", "#/queues/exports")) {
            assertThat(visit.button("Change the limit of tenant")).isVisible();
            assertThat(visit.link("Queues")).isVisible();
            assertThat(visit.link("Pipelines")).hasCount(0);
            assertThat(visit.link("Batches")).hasCount(0);
            visit.to("#/pipelines/grade");
            assertThat(visit.page.locator("main")).containsText("There is no page at this address");
            visit.to("#/schedules");
            assertThat(visit.page.getByRole(AriaRole.HEADING).first()).isVisible();
            assertThat(visit.row("nightly")).hasCount(0);
        }
    }
}
