package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Batches: how far they are, who is in them, what follows, and ending them. */
class BatchesPageTest {
    private @TempDir Path folder;
    private Flows flows;

    @BeforeEach
    void serve() {
        flows = new Flows(folder);
    }

    @AfterEach
    void close() {
        flows.close();
    }

    private static Locator follows(Visit visit, String words) {
        return visit.card("What follows")
                .getByRole(AriaRole.LISTITEM)
                .filter(new Locator.FilterOptions().setHasText(words));
    }

    private static void cancel(Visit visit) {
        visit.button("Cancel the rest").click();
        visit.dialog()
                .getByRole(AriaRole.BUTTON)
                .filter(new Locator.FilterOptions().setHasText("Cancel the rest"))
                .click();
    }

    @Test
    void aBatchSaysHowFarItIsAndWhatFollows() throws Exception {
        long id = flows.batch();
        try (var visit = flows.served.visit().to("#/batches")) {
            assertThat(visit.row("newsletter")).containsText("7 of 8 ended");
            assertThat(visit.row("newsletter").getByRole(AriaRole.PROGRESSBAR))
                    .hasAttribute("aria-valuenow", "7");
            visit.picture("batches").isAccessible("batches");
            visit.link("newsletter").click();
            assertThat(visit.page).hasTitle("Batch %d · Millrace".formatted(id));
            assertThat(visit.page.locator(".head .badge")).hasText("waiting");
            assertThat(follows(visit, "the first has failed")).containsText("completed");
            assertThat(follows(visit, "all have ended")).containsText("waits");
            visit.picture("batch").isAccessible("a batch");

            flows.served.release.countDown();
            assertThat(visit.page.locator(".head .badge")).hasText("failed");
            assertThat(follows(visit, "all have ended")).containsText("completed");
            // it may complete yet, once what failed has been retried
            assertThat(follows(visit, "all have completed")).containsText("waits");
        }
    }

    @Test
    void membersAreListedAsTheirBatchCountsThem() throws Exception {
        flows.batch();
        try (var visit = flows.served.visit().to("#/batches")) {
            visit.link("newsletter").click();
            Locator members = visit.card("Each of them").locator(".members li");
            assertThat(members).hasCount(8);
            visit.button("failed").click();
            assertThat(members).hasCount(1);
            members.getByRole(AriaRole.LINK).click();
            assertThat(visit.page.locator(".head .of")).containsText("import.row");
            visit.page.goBack();
            visit.button("completed").click();
            assertThat(members).hasCount(6);
            members.filter(new Locator.FilterOptions().setHasText("batch"))
                    .getByRole(AriaRole.LINK)
                    .click();
            assertThat(visit.page.locator("h1")).containsText("attachments");
            assertThat(visit.card("Facts")).containsText("Member of");
        }
    }

    @Test
    void theRestIsCancelledAndWhatWaitedSaysWhatFor() throws Exception {
        long id = flows.batch();
        try (var visit = flows.served.visit().to("#/batches/" + id)) {
            follows(visit, "all have ended").getByRole(AriaRole.LINK).click();
            assertThat(visit.page.locator(".why")).containsText("It waits for others to end");
            visit.picture("waits-for-batch").isAccessible("a job that waits for a batch");
            visit.page.goBack();
            cancel(visit);
            visit.isTold("The rest of newsletter %d is being cancelled.".formatted(id));
            assertThat(visit.page.locator(".head .badge")).hasText("cancelled");
            assertThat(visit.button("Cancel the rest")).hasCount(0);
            visit.to("#/batches?state=cancelled");
            assertThat(visit.row("newsletter")).isVisible();
            visit.button("filling").click();
            assertThat(visit.page.locator("main")).containsText("No batch is filling.");
        }
    }

    @Test
    void aBatchWhoseMakerIsGoneIsClosed() {
        long id = flows.abandoned();
        try (var visit = flows.served.visit().to("#/batches/" + id)) {
            assertThat(visit.page.locator(".head .badge")).hasText("filling");
            visit.button("Close").click();
            visit.isTold("Nobody but its members adds more.");
            assertThat(visit.page.locator(".head .badge")).hasText("completed");
        }
    }
}
