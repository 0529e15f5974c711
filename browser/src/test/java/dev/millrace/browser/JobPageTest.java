package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;

import dev.millrace.job.JobState;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/** One job: what is seen of it as it goes on, and what is done about it. */
class JobPageTest {
    private static final String BIG = "12345678901234567890";

    private @TempDir Path folder;
    private Served served;

    @BeforeEach
    void serve() {
        served = new Served(folder);
    }

    @AfterEach
    void close() {
        served.close();
    }

    private static Locator badge(Visit visit) {
        return visit.page.locator(".head .badge");
    }

    @Test
    void aRunningJobShowsAllItTellsAndGoesOnWithoutAReload() throws Exception {
        long id = served.enqueue(Served.HOLD.with(Served.json("\"slowly\"")));
        try (var visit = served.visit().to("#/jobs/" + id)) {
            assertThat(badge(visit)).hasText("running");
            assertThat(visit.card("Progress")).containsText("3 of 4");
            assertThat(visit.card("Progress")).containsText("page three");
            assertThat(visit.card("Log")).containsText("WARN");
            assertThat(visit.card("Log")).containsText("slowly");
            assertThat(visit.card("Steps done")).containsText("fetched");
            assertThat(visit.card("Resumes from")).containsText("\"page\": 3");
            assertThat(visit.card("Timeline")).containsText("runs for");
            assertThat(visit.card("Facts")).containsText("shop-1");
            assertThat(visit.page.locator(".diagram"))
                    .hasAttribute("aria-label", Pattern.compile("^The job is running"));
            visit.button("Show where it stands").click();
            assertThat(visit.card("Stack of its thread")).containsText("CountDownLatch.await");
            visit.picture("job-running");
            served.release.countDown();
            assertThat(badge(visit)).hasText("completed");
            assertThat(visit.card("Timeline")).containsText("completed");
            assertThat(visit.button("Signal")).hasCount(0);
        }
    }

    @Test
    void aRunningJobIsCancelledOnceThatIsConfirmed() throws Exception {
        long id = served.enqueue(Served.HOLD.with(Served.json("\"x\"")));
        try (var visit = served.visit().to("#/jobs/" + id)) {
            assertThat(badge(visit)).hasText("running");
            visit.page.keyboard().press("c");
            visit.button("Leave it").click();
            assertThat(badge(visit)).hasText("running");
            visit.buttonLike("Cancel").click();
            visit.button("Cancel the job").click();
            visit.isTold("asked to end");
            assertThat(badge(visit)).hasText("cancelled");
        }
    }

    @Test
    void aChangedCopyIsEnqueuedAndTheDiscardedOneStaysUnlessRemoved() throws Exception {
        long id =
                served.ended(
                        Served.FAIL
                                .with(Served.json("{\"n\": " + BIG + ", \"to\": \"a\"}"))
                                .queue("import")
                                .tag("nightly"));
        try (var visit = served.visit().to("#/jobs/" + id)) {
            assertThat(visit.card("Last error")).containsText("java.lang.IllegalStateException");
            assertThat(visit.card("Payload")).containsText(BIG);
            visit.page.keyboard().press("e");
            Locator payload = visit.dialog().getByLabel("Payload");
            assertThat(payload).hasValue(Pattern.compile(BIG));
            payload.fill("{\"n\": " + BIG);
            visit.button("Enqueue").click();
            assertThat(visit.dialog().getByRole(AriaRole.ALERT)).containsText("not JSON");
            payload.fill("{\"n\": " + BIG + ", \"to\": \"b\"}");
            visit.button("Enqueue").click();
            visit.isTold("job %d stays discarded".formatted(id));
            assertThat(visit.card("Payload")).containsText("\"b\"");
            assertThat(visit.card("Payload")).containsText(BIG);
            assertThat(visit.card("Facts")).containsText("nightly");

            visit.to("#/jobs/" + id);
            visit.buttonLike("Edit and retry").click();
            visit.dialog().getByLabel("Remove job " + id).check();
            visit.button("Enqueue").click();
            visit.isTold("job %d is gone".formatted(id));
        }
        assertThat(served.millrace.store().find(id)).isEmpty();
    }

    @Test
    void aDiscardedJobRunsAgainAndADeletedOneIsGone() throws Exception {
        long id = served.ended(Served.FAIL.with(Served.json("1")).queue("import"));
        try (var visit = served.visit().to("#/jobs/" + id)) {
            assertThat(visit.page.locator(".lanes li")).hasCount(1);
            visit.page.keyboard().press("r");
            assertThat(visit.page.locator(".lanes li")).hasCount(2);
            assertThat(badge(visit)).hasText("discarded");
            visit.button("Delete").click();
            visit.button("Delete the job").click();
            visit.isTold("is gone");
            assertThat(visit.page.locator("h1")).hasText("Jobs");
            visit.expectRefusal().to("#/jobs/" + id);
            assertThat(visit.page.getByRole(AriaRole.ALERT)).containsText("there is no job " + id);
        }
    }

    @Test
    void aJobThatAsksIsAnswered() throws Exception {
        long id = served.enqueue(Served.ASK.with(Served.json("{}")));
        try (var visit = served.visit().to("#/jobs/" + id)) {
            assertThat(visit.page.locator(".why")).containsText("It waits for a signal");
            visit.button("Signal").click();
            assertThat(visit.dialog().getByLabel("Name")).hasValue("approval");
            visit.dialog().getByLabel("Payload").fill("{\"by\": \"Ada\"}");
            visit.button("Send").click();
            visit.isTold("was sent signal approval");
            assertThat(badge(visit)).hasText("completed");
            assertThat(visit.card("Result")).containsText("Ada");
        }
    }

    @Test
    void whyAJobWaitsIsToldAndMended() throws Exception {
        served.millrace.pause("mail");
        long paused = served.enqueue(Served.MAIL.with(Served.json("{}")).queue("mail"));
        long stranger = served.enqueue(Served.UNKNOWN.with(Served.json("{}")).queue("reports"));
        long later = served.enqueue(Served.MAIL.with(Served.json("{}")).delay(Duration.ofHours(2)));
        try (var visit = served.visit().to("#/jobs/" + stranger)) {
            assertThat(visit.page.locator(".why")).containsText("No worker takes it");
            visit.to("#/jobs/" + later);
            assertThat(visit.page.locator(".why")).containsText("It is due later");
            visit.buttonLike("Run now").click();
            assertThat(badge(visit)).hasText("completed");
            visit.to("#/jobs/" + paused);
            assertThat(visit.page.locator(".why")).containsText("Its queue is paused");
            served.millrace.resume("mail");
            assertThat(badge(visit)).hasText("completed");
            assertThat(visit.page.locator(".why")).hasCount(0);
        }
        assertThat(served.millrace.store().find(later).orElseThrow().state().name())
                .isEqualTo(JobState.Name.COMPLETED);
    }

    @Test
    void aDeepPayloadFoldsAndIsCopied() throws Exception {
        String deep = "{\"a\":{\"b\":{\"c\":{\"d\":[1,2,{\"e\":" + BIG + "}]}}}}";
        long id = served.ended(Served.MAIL.with(Served.json(deep)).queue("mail"));
        try (var visit = served.visit().to("#/jobs/" + id)) {
            Locator payload = visit.card("Payload");
            assertThat(payload).not().containsText(BIG);
            payload.locator(".json-fold[aria-expanded=false]").click();
            payload.locator(".json-fold[aria-expanded=false]").first().click();
            payload.locator(".json-fold[aria-expanded=false]").first().click();
            assertThat(payload).containsText(BIG);
            payload.locator(".json-fold").first().click();
            assertThat(payload).not().containsText(BIG);
        }
    }
}
