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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The list of jobs: searched, paged, chosen from, and acted on by the many. */
class JobsPageTest {
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

    private List<Long> fail(int count) throws InterruptedException {
        var ids = new ArrayList<Long>();
        for (int i = 0; i < count; i++) {
            ids.add(
                    served.ended(
                            Served.FAIL
                                    .with(Served.json("\"row %d\"".formatted(i)))
                                    .queue("import")));
        }
        return ids;
    }

    private static Locator rows(Visit visit) {
        return visit.page.locator(".jobs tbody tr");
    }

    private JobState.Name state(long id) {
        return served.millrace.store().find(id).orElseThrow().state().name();
    }

    @Test
    void aFilterIsTypedWithHelpAndKeptInTheAddress() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{\"user\": {\"id\": 42}}")).queue("mail"));
        served.ended(Served.MAIL.with(Served.json("{\"user\": {\"id\": 43}}")).queue("mail"));
        fail(1);
        try (var visit = served.visit().to("#/jobs")) {
            assertThat(rows(visit)).hasCount(3);
            Locator field = visit.page.getByRole(AriaRole.COMBOBOX);
            field.fill("que");
            assertThat(visit.page.getByRole(AriaRole.OPTION)).hasText(Pattern.compile("queue:"));
            field.press("ArrowDown");
            field.press("Tab");
            assertThat(field).hasValue("queue:");
            assertThat(visit.page.getByRole(AriaRole.OPTION).first()).hasText("queue:import");
            field.press("ArrowDown");
            field.press("ArrowDown");
            field.press("Enter");
            assertThat(field).hasValue("queue:mail ");
            assertThat(rows(visit)).hasCount(2);
            assertThat(visit.page).hasURL(Pattern.compile("q=queue%3Amail"));
            field.pressSequentially("payload.");
            assertThat(visit.page.getByRole(AriaRole.OPTION).first())
                    .containsText("payload.user.id:");
            visit.page.reload();
            assertThat(rows(visit)).hasCount(2);
            visit.button("discarded").click();
            assertThat(rows(visit)).hasCount(0);
            visit.page.goBack();
            visit.page.goForward();
            assertThat(visit.page).hasURL(Pattern.compile("state%3Adiscarded"));
            assertThat(rows(visit)).hasCount(0);
            field.fill("queue:mail");
            assertThat(rows(visit)).hasCount(2);
        }
    }

    @Test
    void whatIsNotUnderstoodIsSaidAndNothingIsActedOn() throws Exception {
        fail(1);
        try (var visit = served.visit().to("#/jobs")) {
            Locator field = visit.page.getByRole(AriaRole.COMBOBOX);
            field.fill("state:asleep");
            field.press("Enter");
            assertThat(visit.page.getByRole(AriaRole.ALERT)).containsText("got “asleep”");
            assertThat(rows(visit)).hasCount(0);
            assertThat(visit.button("Retry…")).hasCount(0);
        }
    }

    @Test
    void pagesGoBackInTimeByAddress() throws Exception {
        served.millrace.enqueueAll(
                IntStream.range(0, 130)
                        .mapToObj(i -> Served.UNKNOWN.with(Served.json("{}")).queue("reports")));
        try (var visit = served.visit().to("#/jobs?q=kind%3Anobody.knows")) {
            assertThat(rows(visit)).hasCount(50);
            String newest = rows(visit).first().innerText();
            visit.page.keyboard().press("n");
            assertThat(visit.page).hasURL(Pattern.compile("after="));
            assertThat(rows(visit).first()).not().hasText(newest);
            visit.buttonLike("Older").click();
            assertThat(rows(visit)).hasCount(30);
            assertThat(visit.buttonLike("Older")).hasCount(0);
            visit.page.reload();
            assertThat(rows(visit)).hasCount(30);
            visit.page.goBack();
            assertThat(rows(visit)).hasCount(50);
            visit.page.keyboard().press("p");
            assertThat(visit.page).not().hasURL(Pattern.compile("after="));
        }
    }

    @Test
    void chosenJobsAreRetriedAndTheOthersAreLeftAlone() throws Exception {
        List<Long> ids = fail(4);
        try (var visit = served.visit().to("#/jobs?q=state%3Adiscarded")) {
            assertThat(rows(visit)).hasCount(4);
            for (long id : ids.subList(0, 2)) {
                visit.page.getByLabel("Choose job " + id, exactly()).check();
            }
            assertThat(visit.page.locator(".acts")).containsText("2 chosen");
            visit.button("Delete").click();
            assertThat(visit.dialog()).containsText("gone for good");
            visit.button("Delete 2 jobs").click();
            assertThat(visit.dialog()).containsText("2 jobs deleted");
            visit.button("Close").click();
            assertThat(rows(visit)).hasCount(2);
        }
        assertThat(served.millrace.store().find(ids.getFirst())).isEmpty();
        assertThat(state(ids.getLast())).isEqualTo(JobState.Name.DISCARDED);
    }

    @Test
    void allThatMatchIsCountedFirstThenDone() throws Exception {
        served.millrace.enqueueAll(
                IntStream.range(0, 1200)
                        .mapToObj(i -> Served.UNKNOWN.with(Served.json("{}")).queue("reports")));
        long spared = served.enqueue(Served.UNKNOWN.with(Served.json("{}")).queue("other"));
        try (var visit = served.visit().to("#/jobs?q=queue%3Areports+state%3Aavailable")) {
            assertThat(rows(visit)).hasCount(50);
            assertThat(visit.button("Retry…")).hasCount(0);
            visit.button("Cancel…").click();
            assertThat(visit.dialog()).containsText("1,200 jobs match");
            visit.picture("bulk-preview");
            visit.button("Leave them").click();
            assertThat(rows(visit)).hasCount(50);
            visit.button("Cancel…").click();
            visit.button("Cancel 1,200 jobs").click();
            assertThat(visit.dialog()).containsText("1,200 jobs cancelled");
            visit.button("Close").click();
            assertThat(rows(visit)).hasCount(0);
        }
        assertThat(state(spared)).isEqualTo(JobState.Name.AVAILABLE);
    }

    @Test
    void discardedJobsAreRetriedAllAtOnce() throws Exception {
        List<Long> ids = fail(3);
        try (var visit = served.visit().to("#/jobs?q=state%3Adiscarded")) {
            visit.button("Retry…").click();
            visit.button("Retry 3 jobs").click();
            assertThat(visit.dialog()).containsText("3 jobs retried");
            visit.button("Close").click();
            // they run again, and fail again
            visit.to("#/jobs/" + ids.getFirst());
            assertThat(visit.page.locator(".lanes li")).hasCount(2);
        }
    }

    private static com.microsoft.playwright.Page.GetByLabelOptions exactly() {
        return new com.microsoft.playwright.Page.GetByLabelOptions().setExact(true);
    }
}
