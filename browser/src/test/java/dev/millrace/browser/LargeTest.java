package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;

import dev.millrace.job.JobRequest;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A store of a million available and a million scheduled jobs. Nothing may be slower than the
 * patience of an assertion, 5 s; how long each page took is kept among the artifacts.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LargeTest {
    private static final long JOBS = Long.getLong("millrace.browser.jobs", 1_000_000);

    private final List<String> figures = new ArrayList<>();
    private Served served;

    @BeforeAll
    void fill(@TempDir Path folder) throws Exception {
        served = new Served(folder);
        var payload = Served.json("{\"to\": \"a@example.org\", \"offer\": 7}");
        Stream<JobRequest<?>> jobs =
                LongStream.range(0, JOBS)
                        .boxed()
                        .flatMap(i ->
                                Stream.of(
                                        Served.UNKNOWN.with(payload).queue("reports"),
                                        Served.MAIL
                                                .with(payload)
                                                .queue("mail")
                                                .delay(Duration.ofDays(1 + i % 30))));
        served.millrace.enqueueAll(jobs);
        served.ended(Served.MAIL.with(payload).queue("mail").tag("newest"));
        for (int i = 0; i < 30; i++) {
            served.ended(Served.FAIL.with(Served.json("\"row\"")).queue("import"));
        }
    }

    @AfterAll
    void close() throws IOException {
        served.close();
        Path pictures = Path.of(System.getProperty("millrace.browser.pictures", "target/pictures"));
        Files.createDirectories(pictures);
        Files.write(pictures.resolve("large-figures.txt"), figures);
    }

    private void shows(Visit visit, String address, Locator there) {
        visit.page.navigate("about:blank");
        long began = System.nanoTime();
        visit.to(address);
        assertThat(there).isVisible();
        long millis = (System.nanoTime() - began) / 1_000_000;
        figures.add("%-45s %5d ms from a blank page".formatted(address, millis));
    }

    @Test
    @Order(1)
    void everyPageOfALargeStoreIsThereSoon() {
        try (var visit = served.visit()) {
            var first = visit.page.locator("tbody tr").first();
            shows(visit, "#/", visit.page.getByText("10,000+").first());
            visit.picture("large-overview");
            shows(visit, "#/jobs", first);
            visit.picture("large-jobs");
            for (String state : List.of("available", "scheduled", "completed", "discarded")) {
                shows(visit, "#/jobs?q=state%3A" + state, first);
            }
            shows(visit, "#/jobs?q=state%3Ascheduled+queue%3Amail+kind%3Amail.send", first);
            shows(visit, "#/jobs?q=state%3Aavailable+payload%3Aoffer", first);
            shows(visit, "#/queues", first);
            shows(visit, "#/queues/mail", visit.page.getByText("10,000+").first());
            shows(visit, "#/workers", first);
            shows(visit, "#/jobs/1", visit.page.locator(".diagram"));
        }
    }

    @Test
    @Order(2)
    void aSearchThatFindsLittleIsBoundedAndSaysSo() {
        try (var visit = served.visit()) {
            visit.to("#/jobs?q=tag%3Anowhere");
            assertThat(visit.page.locator(".empty")).containsText("older ones may be");
            visit.buttonLike("Look further back").click();
            assertThat(visit.page).hasURL(Pattern.compile("after="));
            assertThat(visit.page.locator(".empty")).containsText("older ones may be");
        }
    }

    @Test
    @Order(3)
    void anActionOnAllIsPreviewedRunAndStopped() {
        try (var visit = served.visit().to("#/jobs?q=queue%3Areports+state%3Aavailable")) {
            visit.button("Cancel…").click();
            assertThat(visit.dialog()).containsText("10,000+ jobs match");
            visit.buttonLike("Cancel 10,000+ jobs").click();
            assertThat(visit.dialog()).containsText("so far");
            visit.picture("large-bulk");
            visit.button("Stop").click();
            assertThat(visit.dialog()).containsText("the rest is as it was");
            visit.button("Close").click();
            assertThat(visit.page.locator("tbody tr").first()).isVisible();
        }
    }
}
