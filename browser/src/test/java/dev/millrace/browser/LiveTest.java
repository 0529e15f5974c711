package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** What changes in the store changes on the screen, by one stream, while somebody looks. */
class LiveTest {
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

    private static Locator figure(Visit visit, String name) {
        return visit.page.locator(".tile:has(.name:text-is(\"" + name + "\")) strong");
    }

    @Test
    void figuresAndRowsFollowTheStoreWithoutAReload() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var overview = served.visit().to("#/");
                var jobs = served.visit().to("#/jobs")) {
            assertThat(figure(overview, "running")).hasText("0");
            assertThat(jobs.page.locator(".jobs tbody tr")).hasCount(1);
            long id = served.enqueue(Served.HOLD.with(Served.json("\"x\"")));
            assertThat(figure(overview, "running")).hasText("1");
            Locator row = jobs.row("report.build");
            assertThat(row).containsText("running");
            assertThat(row).containsText("3 of 4");
            served.release.countDown();
            assertThat(figure(overview, "running")).hasText("0");
            assertThat(row).containsText("completed");
            served.ended(Served.FAIL.with(Served.json("1")).queue("import"));
            assertThat(figure(overview, "discarded")).hasText("1");
            assertThat(served.millrace.store().find(id)).isPresent();
        }
    }

    @Test
    void aPageHasOneStreamAndAHiddenOneHasNone() throws Exception {
        var opened = new AtomicInteger();
        try (var visit = served.visit()) {
            visit.page.addInitScript(
                    """
                    Object.defineProperty(document, 'hidden', { get: () => window.isAway === true });
                    """);
            visit.page.onRequest(request -> {
                if (request.url().endsWith("/events")) {
                    opened.incrementAndGet();
                }
            });
            visit.to("#/");
            Locator link = visit.page.locator(".link-state");
            assertThat(link).hasText("live");
            visit.goTo("j", "Jobs");
            assertThat(opened).hasValue(1);
            visit.page.evaluate(
                    "isAway = true; document.dispatchEvent(new Event('visibilitychange'))");
            assertThat(link).hasText("paused");
            served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
            visit.page.evaluate(
                    "isAway = false; document.dispatchEvent(new Event('visibilitychange'))");
            assertThat(link).hasText("live");
            assertThat(visit.row("mail.send")).containsText("completed");
            assertThat(opened).hasValue(2);
        }
    }

    @Test
    void aServerThatIsGoneIsSaidToBeAndFoundAgain() throws Exception {
        served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = served.visit().expectRefusal().to("#/jobs")) {
            assertThat(visit.row("mail.send")).isVisible();
            visit.page.context().setOffline(true);
            served.web.close();
            assertThat(visit.page.locator("section.lost"))
                    .containsText("The server does not answer");
            assertThat(visit.page.locator("section.lost")).containsText("how things stood");
            assertThat(visit.row("mail.send")).isVisible();
            visit.picture("lost");
        }
    }
}
