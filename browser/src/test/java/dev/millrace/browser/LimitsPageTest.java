package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.KeyRate;
import dev.millrace.store.QueueLimits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Limits by key: seen, changed, lifted, and whom they hold. */
class LimitsPageTest {
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

    private QueueLimits limits(String queue) {
        return flows.served
                .millrace
                .store()
                .limits()
                .limits()
                .getOrDefault(queue, QueueLimits.NONE);
    }

    @Test
    void whatALimitHoldsIsSaidAndGoesOnWhenItIsLifted() throws Exception {
        List<Long> jobs = flows.limited();
        try (var visit = flows.served.visit().to("#/queues/exports")) {
            assertThat(visit.card("Limits by key")).containsText("What they hold");
            assertThat(visit.card("Limits by key"))
                    .containsText("tenant=acme 1 waits, job %d is next".formatted(jobs.getLast()));
            assertThat(visit.page.locator("main")).containsText("Held by limits");
            visit.picture("limits").isAccessible("limits");
            visit.link("job " + jobs.getLast()).click();
            assertThat(visit.page.locator(".why")).containsText("As many with its key run as may");
            assertThat(visit.page.locator(".why")).containsText("tenant=acme");
            visit.picture("waits-for-key").isAccessible("a job that waits for a key");
            visit.page.goBack();
            visit.button("Change the limit of tenant").click();
            visit.button("Lift it").click();
            visit.isTold("Queue exports is no longer limited by tenant.");
            assertThat(visit.card("Limits by key")).containsText("not limited by their keys");
            visit.to("#/jobs/" + jobs.getLast());
            assertThat(visit.page.locator(".head .badge")).hasText("running");
        }
    }

    @Test
    void aLimitAndARateAreSetAndChanged() throws Exception {
        flows.served.ended(Served.MAIL.with(Served.json("{}")).queue("mail"));
        try (var visit = flows.served.visit().to("#/queues/mail")) {
            visit.button("Add a limit").click();
            visit.page.getByLabel("Key, such as tenant or host").fill("host");
            visit.page.getByLabel("At most so many jobs").fill("3");
            visit.page.getByLabel("So many begin").fill("5");
            visit.page.getByLabel("within, such as").fill("soon");
            visit.button("Set").click();
            assertThat(visit.dialog()).containsText("Expected a time from 1ms to 1d");
            visit.page.getByLabel("within, such as").fill("2s");
            visit.picture("limit-dialog").isAccessible("a limit");
            visit.button("Set").click();
            visit.isTold("Jobs of queue mail are limited by host.");
            assertThat(visit.row("host")).containsText("5 in 2 s");
            assertThat(limits("mail"))
                    .isEqualTo(
                            new QueueLimits(
                                    Map.of("host", 3),
                                    Map.of(
                                            "host",
                                            new KeyRate(
                                                    KeyRate.Kind.BUCKET,
                                                    5,
                                                    Duration.ofSeconds(2)))));
            visit.button("Change the limit of host").click();
            visit.page.getByLabel("At most so many jobs").fill("");
            visit.page.getByLabel("Counted").selectOption("window");
            visit.button("Set").click();
            assertThat(visit.row("host")).containsText("by window");
            assertThat(limits("mail").perKey()).isEmpty();
        }
    }

    @Test
    void whatWaitsForARateSaysSo() throws Exception {
        var call = Served.MAIL.with(Served.json("{}")).queue(Flows.RATED).key("host", "mx1");
        flows.served.enqueue(call);
        flows.served.enqueue(call);
        long last = flows.served.enqueue(call);
        try (var visit = flows.served.visit().to("#/queues/" + Flows.RATED)) {
            assertThat(visit.card("Limits by key")).containsText("host=mx1");
            visit.to("#/jobs/" + last);
            assertThat(visit.page.locator(".why"))
                    .containsText("As many with its key have begun as may");
        }
    }
}
