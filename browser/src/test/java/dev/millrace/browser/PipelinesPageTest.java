package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Pipelines and the ways of their items, as they are watched and mended. */
class PipelinesPageTest {
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

    private Visit visit() {
        return flows.served.visit();
    }

    private static Locator step(Visit visit, String name) {
        return visit.page.locator(".step:has(h3:text-is(\"" + name + "\"))");
    }

    private static Locator figure(Visit visit, String step, String of) {
        return step(visit, step).locator("dl > div:has(dt:text-is(\"" + of + "\")) dd");
    }

    @Test
    void everyStepSaysWhatWaitsRunsAndFailed() {
        flows.submit("acme");
        flows.submit("bad-one");
        flows.submit("slow-one");
        try (var visit = visit().to("#/pipelines")) {
            Locator cells = visit.row("fetch").getByRole(AriaRole.CELL);
            assertThat(cells.nth(2)).hasText("1");
            assertThat(cells.nth(3)).hasText("1");
            assertThat(visit.row("website").getByRole(AriaRole.CELL).nth(4)).not().hasText("0");
            visit.picture("pipelines").isAccessible("pipelines");
            visit.link("grade").click();
            assertThat(figure(visit, "fetch", "running")).hasText("1");
            assertThat(figure(visit, "fetch", "failed")).hasText("1");
            assertThat(step(visit, "fetch")).containsText("the step before rests at 1,000");
            assertThat(visit.row("acme")).containsText("completed");
            visit.picture("pipeline").isAccessible("pipeline");
            flows.release();
            assertThat(figure(visit, "fetch", "running")).hasText("0");
            assertThat(visit.row("slow-one")).containsText("completed");
            figure(visit, "fetch", "failed").getByRole(AriaRole.LINK).click();
            assertThat(visit.row("grade.fetch")).hasCount(1);
        }
    }

    @Test
    void itemsAreListedByStatePageByPage() {
        for (int i = 0; i < 55; i++) {
            flows.submit("company-" + i);
        }
        flows.submit("gone-1");
        try (var visit = visit().to("#/pipelines/grade")) {
            Locator rows = visit.card("Items").locator("tbody tr");
            assertThat(rows).hasCount(50);
            assertThat(visit.row("gone-1")).containsText("failed");
            visit.button("Older").click();
            assertThat(rows).hasCount(6);
            assertThat(rows.last()).containsText("company-0");
            visit.page.reload();
            assertThat(rows).hasCount(6);
            visit.button("Newest").click();
            assertThat(rows).hasCount(50);
            visit.button("failed").click();
            assertThat(rows).hasCount(1);
            visit.button("cancelled").click();
            assertThat(visit.card("Items")).containsText("No item is cancelled.");
        }
    }

    @Test
    void whatFailedForAReasonGoesOnOnceThatIsMended() {
        flows.submit("bad-1");
        flows.submit("bad-2");
        flows.submit("bad-cert-3");
        try (var visit = visit().to("#/pipelines/grade")) {
            Locator failed = visit.card("Failed at fetch");
            assertThat(failed.getByRole(AriaRole.LISTITEM)).hasCount(2);
            flows.mend();
            visit.button("Retry those that failed for: expected a page, got status").click();
            assertThat(visit.dialog()).containsText("2 items failed there for that.");
            visit.picture("retry-step").isAccessible("retry of a step");
            visit.dialog().getByRole(AriaRole.TEXTBOX).fill("never heard of");
            assertThat(visit.dialog()).containsText("No item failed there for that.");
            assertThat(visit.buttonLike("Retry 0")).isDisabled();
            visit.dialog().getByRole(AriaRole.TEXTBOX).fill("status 503");
            visit.button("Retry 2 items").click();
            assertThat(visit.dialog()).containsText("2 items go on.");
            visit.button("Close").click();
            assertThat(visit.row("bad-1")).containsText("completed");
            assertThat(visit.row("bad-2")).containsText("completed");
            assertThat(visit.row("bad-cert-3")).containsText("failed");
            visit.button("Retry all…").click();
            assertThat(visit.dialog()).containsText("1 item failed there");
            visit.button("Retry 1 item").click();
            assertThat(visit.dialog()).containsText("1 item goes on.");
            visit.button("Close").click();
            assertThat(visit.row("bad-cert-3")).containsText("completed");
            assertThat(failed).hasCount(0);
        }
    }

    @Test
    void anItemShowsItsWayWhatItsStepsMadeAndGoesOnFromWhereItFailed() {
        flows.submit("bad-1");
        try (var visit = visit().to("#/pipelines/grade")) {
            visit.link("bad-1").click();
            assertThat(visit.page).hasTitle("bad-1 · Millrace");
            assertThat(step(visit, "website")).containsText("completed");
            assertThat(step(visit, "fetch")).containsText("discarded");
            assertThat(step(visit, "grade")).containsText("not reached");
            assertThat(visit.card("Its way")).containsText("expected a page, got status 503");
            visit.page.getByText("What it made").click();
            assertThat(visit.card("Its way")).containsText("bad-1.example");
            assertThat(visit.card("As it entered")).containsText("bad-1");
            visit.picture("item-failed").isAccessible("an item that failed");
            flows.mend();
            visit.button("Go on from here").click();
            visit.isTold("It goes on at fetch.");
            assertThat(step(visit, "grade")).containsText("completed");
            assertThat(visit.page.locator(".head .badge")).hasText("completed");
            assertThat(visit.card("Its way")).containsText("failed before: expected a page");
            visit.picture("item").isAccessible("an item");
            visit.card("Its way").getByRole(AriaRole.LINK).last().click();
            assertThat(visit.page.locator(".head .of")).containsText("grade.grade");
        }
    }

    @Test
    void theRestOfAnItemIsCancelled() {
        flows.submit("slow-1");
        try (var visit = visit().to("#/pipelines/grade?item=slow-1")) {
            assertThat(step(visit, "fetch")).containsText("running");
            visit.button("Cancel the rest").click();
            assertThat(visit.dialog()).containsText("1 member has not ended");
            visit.dialog()
                    .getByRole(AriaRole.BUTTON)
                    .filter(new Locator.FilterOptions().setHasText("Cancel the rest"))
                    .click();
            visit.isTold("The rest of slow-1 is being cancelled.");
            assertThat(step(visit, "fetch")).containsText("cancelled");
            assertThat(visit.page.locator(".head .badge")).hasText("cancelled");
            assertThat(visit.button("Cancel the rest")).hasCount(0);
        }
    }

    @Test
    void whatIsNotThereIsSaid() {
        try (var visit = visit().expectRefusal().to("#/pipelines/nothing")) {
            assertThat(visit.page.getByRole(AriaRole.ALERT))
                    .containsText("there is no pipeline 'nothing'");
            visit.to("#/pipelines/grade?item=nobody");
            assertThat(visit.page.getByRole(AriaRole.ALERT)).containsText("no item 'nobody'");
        }
    }
}
