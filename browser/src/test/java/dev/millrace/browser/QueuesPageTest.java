package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Queues, workers and what was discarded, as they are watched and changed. */
class QueuesPageTest {
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

    @Test
    void aQueueIsPausedAndGoesOnAndItsJobsToo() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = served.visit().to("#/queues")) {
            visit.button("Pause queue mail").click();
            visit.isTold("Queue mail is paused");
            assertThat(visit.row("mail")).containsText("paused");
            long id = served.enqueue(Served.MAIL.with(Served.json("{}")).queue("mail"));
            assertThat(visit.row("mail").getByRole(AriaRole.CELL).first()).hasText("1");
            visit.button("Resume queue mail").click();
            visit.isTold("Queue mail goes on");
            assertThat(visit.row("mail").getByRole(AriaRole.CELL).first()).hasText("0");
            assertThat(visit.row("mail")).not().containsText("paused");
            assertThat(served.millrace.store().find(id)).isPresent();
        }
    }

    @Test
    void aLimitIsSetAndTakenAwayLive() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = served.visit().to("#/queues/mail")) {
            Locator limit = visit.page.getByLabel("Limit of queue mail");
            limit.fill("3");
            visit.button("Set").click();
            visit.isTold("At most 3 of queue mail");
            assertThat(visit.page.locator("main")).containsText("of 3 allowed");
            assertThat(served.millrace.store().control("mail").maxRunning()).isEqualTo(3);
            limit.fill("");
            visit.button("Set").click();
            visit.isTold("has no limit");
            assertThat(visit.page.locator("main")).containsText("of 16 slots");
            assertThat(served.millrace.store().control("mail").maxRunning()).isNull();
        }
    }

    @Test
    void aQueueThatIsNotThereIsSaidToBeNone() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = served.visit().to("#/queues/nope")) {
            assertThat(visit.page.getByRole(AriaRole.ALERT))
                    .containsText("There is no queue “nope”");
        }
    }

    @Test
    void aWorkerShowsItsHostVersionLoadQueuesAndLease() throws Exception {
        served.enqueue(Served.HOLD.with(Served.json("\"x\"")));
        try (var visit = served.visit().to("#/workers")) {
            Locator row = visit.row("shop-1");
            assertThat(row).containsText("import 4");
            assertThat(row).containsText("mail 16");
            assertThat(row).containsText("beat just now");
            assertThat(row).containsText("1 of");
        }
    }

    @Test
    void aWorkerThatIsDrainedTakesNothingMore() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = served.visit().to("#/workers")) {
            visit.button("Drain shop-1").click();
            visit.button("Drain it").click();
            visit.isTold("takes no more jobs");
            assertThat(visit.row("shop-1")).containsText("draining");
            assertThat(visit.button("Drain shop-1")).hasCount(0);
        }
    }

    @Test
    void discardedJobsOfOneErrorAreRetriedTogetherAndOthersStay() throws Exception {
        for (int i = 1; i <= 7; i++) {
            served.ended(
                    Served.FAIL
                            .with(Served.json("\"row %d is bad\"".formatted(i)))
                            .queue("import"));
        }
        long other =
                served.ended(Served.FAIL.with(Served.json("\"no such file\"")).queue("import"));
        try (var visit = served.visit().to("#/discarded")) {
            Locator groups = visit.page.locator(".group");
            assertThat(groups).hasCount(2);
            assertThat(groups.first()).containsText("7 jobs");
            assertThat(groups.first()).containsText("java.lang.IllegalStateException");
            visit.picture("discarded-groups");
            groups.last().getByText("Delete all").click();
            visit.button("Delete 1 job").click();
            assertThat(visit.dialog()).containsText("1 job deleted");
            visit.button("Close").click();
            assertThat(groups).hasCount(1);
            groups.first().getByText("Retry all").click();
            visit.button("Retry 7 jobs").click();
            assertThat(visit.dialog()).containsText("7 jobs retried");
        }
        assertThat(served.millrace.store().find(other)).isEmpty();
    }

    @Test
    void whatWasCountedIsDrawn() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = served.visit().to("#/queues/mail?range=1h")) {
            assertThat(visit.page.locator(".plot canvas")).hasCount(2);
            assertThat(visit.button("1h")).hasAttribute("aria-pressed", "true");
            visit.picture("queue");
            visit.to("#/queues");
            assertThat(visit.row("mail").locator("svg.spark")).isVisible();
        }
    }
}
