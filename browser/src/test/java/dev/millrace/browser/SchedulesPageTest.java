package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.AriaRole;

import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.When;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/** Schedules: when they tick, what came of it, and every button of theirs. */
class SchedulesPageTest {
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

    private Schedules schedules() {
        return flows.served.millrace.schedules();
    }

    @Test
    void aScheduleIsTriggeredPausedAndResumedFromTheList() {
        try (var visit = flows.served.visit().to("#/schedules")) {
            assertThat(visit.row("nightly")).containsText("0 3 * * * (Z)");
            assertThat(visit.row("import")).containsText("every 6h");
            assertThat(visit.row("nightly")).containsText("never");
            visit.button("Trigger nightly").click();
            visit.isTold("Schedule nightly was triggered.");
            assertThat(visit.row("nightly").getByText(Pattern.compile("^job "))).isVisible();
            visit.button("Pause nightly").click();
            visit.isTold("Schedule nightly is paused.");
            assertThat(visit.row("nightly")).containsText("paused");
            assertThat(schedules().find("nightly").orElseThrow().row().state().paused()).isTrue();
            visit.picture("schedules").isAccessible("schedules");
            visit.button("Resume nightly").click();
            visit.isTold("Schedule nightly ticks again.");
            assertThat(visit.row("nightly")).not().containsText("paused");
            assertThat(schedules().find("nightly").orElseThrow().row().state().paused()).isFalse();
        }
    }

    @Test
    void aScheduleShowsItsTicksAndIsRemoved() {
        schedules()
                .add(
                        new Schedules.Wanted(
                                "by-hand",
                                Schedule.of(When.every(Duration.ofHours(1))),
                                Served.MAIL.with(Served.json("{\"n\": 12345678901234567890}"))));
        try (var visit = flows.served.visit().to("#/schedules")) {
            visit.link("by-hand").click();
            assertThat(visit.card("Last ticks")).containsText("It has not ticked yet.");
            assertThat(visit.card("Next ticks").getByRole(AriaRole.LISTITEM).first()).isVisible();
            assertThat(visit.card("Payload")).containsText("12345678901234567890");
            assertThat(visit.card("Facts")).containsText("hand");
            visit.button("Trigger by-hand").click();
            assertThat(visit.card("Last ticks")).containsText("by hand");
            visit.picture("schedule").isAccessible("a schedule");
            visit.card("Last ticks").getByRole(AriaRole.LINK).first().click();
            assertThat(visit.page.locator(".head .of")).containsText("mail.send");
            visit.page.goBack();
            visit.button("Pause by-hand").click();
            assertThat(visit.card("Next ticks")).containsText("None while it is paused.");
            visit.button("Remove").click();
            assertThat(visit.dialog()).containsText("Its jobs stay.");
            visit.button("Remove it").click();
            visit.isTold("Schedule by-hand is gone.");
            assertThat(visit.page.locator("h1")).hasText("Schedules");
            assertThat(visit.row("by-hand")).hasCount(0);
            assertThat(schedules().find("by-hand")).isEmpty();
        }
    }
}
