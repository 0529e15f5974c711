package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** Every page there is: found, looked at in every light and width, usable without a mouse. */
@TestInstance(Lifecycle.PER_CLASS)
class PagesTest {
    private static final List<String> PAGES =
            List.of(
                    "Overview",
                    "Jobs",
                    "Queues",
                    "Schedules",
                    "Pipelines",
                    "Batches",
                    "Workers",
                    "Discarded");

    private Flows flows;
    private Served served;
    private long completed;
    private long discarded;
    private long running;
    private long asking;
    private long later;
    private long batch;

    @BeforeAll
    void fill(@TempDir Path folder) throws Exception {
        flows = new Flows(folder);
        served = flows.served;
        var order = Served.json("{\"order\": 12345678901234567890, \"user\": {\"id\": 42}}");
        completed =
                served.ended(Served.MAIL.with(order).queue("mail").tag("vip").key("tenant", "a"));
        discarded = served.ended(Served.FAIL.with(Served.json("\"row 7\"")).queue("import"));
        running = served.enqueue(Served.HOLD.with(Served.json("\"slow\"")));
        asking = served.enqueue(Served.ASK.with(Served.json("{}")));
        later = served.enqueue(Served.MAIL.with(order).delay(Duration.ofHours(3)));
        served.enqueue(Served.UNKNOWN.with(order).queue("reports"));
        for (String company : List.of("acme", "bad-1", "gone-1", "slow-1")) {
            flows.submit(company);
        }
        batch = flows.batch();
        flows.limited();
    }

    @AfterAll
    void close() {
        flows.close();
    }

    private List<String> addresses() {
        return List.of(
                "#/",
                "#/?range=24h",
                "#/jobs",
                "#/jobs?q=state%3Adiscarded",
                "#/jobs/" + completed,
                "#/jobs/" + discarded,
                "#/jobs/" + running,
                "#/jobs/" + asking,
                "#/jobs/" + later,
                "#/queues",
                "#/queues/mail",
                "#/queues/exports",
                "#/workers",
                "#/discarded",
                "#/schedules",
                "#/schedules/nightly",
                "#/pipelines",
                "#/pipelines/grade",
                "#/pipelines/grade?item=acme",
                "#/pipelines/grade?item=bad-1",
                "#/batches",
                "#/batches/" + batch,
                "#/nowhere");
    }

    private static String name(String address) {
        String name = address.replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return name.isEmpty() ? "overview" : name;
    }

    /** What it asks for has come. */
    private static void isThere(Visit visit) {
        assertThat(visit.page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setLevel(1)))
                .isVisible();
        assertThat(visit.page.locator(".link-state")).hasText("live");
        assertThat(visit.page.getByText("Asking…")).hasCount(0);
    }

    @Test
    void everyPageIsReachedByItsNameAndSaysWhereItIs() {
        try (var visit = served.visit().to("#/")) {
            for (String page : PAGES) {
                Locator link =
                        visit.page
                                .getByRole(AriaRole.NAVIGATION)
                                .getByRole(AriaRole.LINK)
                                .filter(new Locator.FilterOptions().setHasText(page));
                link.click();
                assertThat(link).hasAttribute("aria-current", "page");
                assertThat(visit.page.locator("h1")).containsText(page);
                assertThat(visit.page).hasTitle(Pattern.compile(page + " · Millrace"));
            }
            visit.page.goBack();
            assertThat(visit.page.locator("h1")).hasText("Workers");
        }
    }

    @Test
    void everyPageIsUsableByAllInLight() {
        try (var visit = served.visit()) {
            look(visit, "light");
        }
    }

    @Test
    void everyPageIsUsableByAllInTheDark() {
        try (var visit =
                new Visit(
                        served.address(),
                        options ->
                                options.setViewportSize(1360, 900)
                                        .setColorScheme(ColorScheme.DARK))) {
            look(visit, "dark");
        }
    }

    @Test
    void everyPageFitsOnAPhone() {
        try (var visit = Visit.narrow(served.address())) {
            for (String address : addresses()) {
                visit.to(address);
                isThere(visit);
                assertThat(
                                (Boolean)
                                        visit.page.evaluate(
                                                "document.documentElement.scrollWidth <="
                                                        + " innerWidth"))
                        .as("nothing sticks out sideways at " + address)
                        .isTrue();
                visit.picture("narrow-" + name(address));
            }
        }
    }

    private void look(Visit visit, String light) {
        for (String address : addresses()) {
            visit.to(address);
            isThere(visit);
            visit.picture(light + "-" + name(address)).isAccessible(light + " " + address);
        }
    }

    @Test
    void everyDialogIsUsableByAll() {
        try (var visit = served.visit().to("#/")) {
            isThere(visit);
            visit.page.keyboard().press("?");
            assertThat(visit.dialog()).containsText("Keys and filters");
            visit.picture("help").isAccessible("help");
            visit.page.keyboard().press("Escape");
            assertThat(visit.dialog()).hasCount(0);

            visit.to("#/jobs/" + discarded);
            visit.buttonLike("Edit and retry").click();
            assertThat(visit.dialog()).containsText("its discarded row stays");
            visit.picture("edit").isAccessible("edit and retry");

            visit.to("#/jobs/" + asking);
            visit.button("Signal").click();
            visit.picture("signal").isAccessible("signal");

            visit.to("#/jobs?q=state%3Adiscarded");
            visit.button("Retry…").click();
            assertThat(visit.dialog()).containsText("match.");
            visit.picture("bulk").isAccessible("bulk");
        }
    }

    @Test
    void everythingIsReachedWithoutAMouse() {
        try (var visit = served.visit().to("#/")) {
            isThere(visit);
            var keyboard = visit.page.keyboard();
            assertThat(visit.link("Batches")).isVisible();
            assertThat(visit.link("Pipelines")).isVisible();
            assertThat(visit.link("Schedules")).isVisible();
            for (String each :
                    List.of(
                            "j:Jobs",
                            "q:Queues",
                            "s:Schedules",
                            "p:Pipelines",
                            "b:Batches",
                            "w:Workers",
                            "d:Discarded")) {
                visit.goTo(each.substring(0, 1), each.substring(2));
            }
            visit.goTo("j", "Jobs");
            assertThat(visit.row("mail.send").first()).isVisible();
            keyboard.press("j");
            keyboard.press("j");
            keyboard.press("k");
            assertThat(visit.page.locator(".jobs tbody tr:first-child td.id a")).isFocused();
            keyboard.press("x");
            assertThat(visit.page.locator(".acts")).containsText("1 chosen");
            keyboard.press("Enter");
            assertThat(visit.page.locator("h1")).containsText("/");
            keyboard.press("Escape");
            assertThat(visit.page.locator("h1")).hasText("Jobs");
            keyboard.press("/");
            keyboard.type(Long.toString(discarded));
            keyboard.press("Enter");
            assertThat(visit.page).hasTitle("Job %d · Millrace".formatted(discarded));

            // what is tabbed to is seen, and the first tab leads past the pages
            visit.to("#/").page.reload();
            isThere(visit);
            keyboard.press("Tab");
            assertThat(visit.link("To the content")).isFocused();
            keyboard.press("Enter");
            assertThat(visit.page.locator("h1")).isFocused();
        }
    }

    @Test
    void aPersonsColoursWinAndAreKept() {
        try (var visit = served.visit().to("#/")) {
            isThere(visit);
            assertThat(visit.page.locator("html")).hasAttribute("data-theme", "light");
            visit.page.keyboard().press("t");
            visit.page.keyboard().press("t");
            assertThat(visit.page.locator("html")).hasAttribute("data-theme", "dark");
            visit.page.reload();
            assertThat(visit.page.locator("html")).hasAttribute("data-theme", "dark");
        }
    }

    @Test
    void theRangeIsPartOfTheAddress() {
        try (var visit = served.visit().to("#/")) {
            for (String range : List.of("1m", "1h", "6h", "24h", "7d", "30d")) {
                visit.button(range).click();
                assertThat(visit.page).hasURL(Pattern.compile("range=" + range));
                assertThat(visit.button(range)).hasAttribute("aria-pressed", "true");
                assertThat(visit.page.locator(".throughput .plot canvas")).isVisible();
            }
            visit.page.reload();
            assertThat(visit.button("30d")).hasAttribute("aria-pressed", "true");
        }
    }
}
