package dev.millrace.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A browser's window on a dashboard. When it is closed it must have asked no other host, thrown no
 * error and complained of nothing, save what was {@link #expectRefusal expected}.
 */
final class Visit implements AutoCloseable {
    private static final Path PICTURES =
            Path.of(System.getProperty("millrace.browser.pictures", "target/pictures"));
    private static final String AXE = axe();
    private static final double PATIENCE_MILLIS = 30_000;

    final Page page;
    private final BrowserContext context;
    private final String address;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();
    private boolean refusals;
    private boolean policy;
    private boolean elsewhere;

    Visit(String address) {
        this(address, options -> options.setViewportSize(1360, 900));
    }

    Visit(String address, UnaryOperator<Browser.NewContextOptions> with) {
        this.address = address;
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        this.context =
                Chromium.get()
                        .newContext(with.apply(new Browser.NewContextOptions().setLocale("en")));
        this.page = context.newPage();
        page.onConsoleMessage(message -> {
            if (List.of("error", "warning").contains(message.type())) {
                complaints.add(message.type() + ": " + message.text());
            }
        });
        page.onPageError(error -> complaints.add("thrown: " + error));
        page.onDialog(dialog -> {
            complaints.add("a dialog of the browser: " + dialog.message());
            dialog.dismiss();
        });
        context.onRequest(request -> asked.add(request.url()));
    }

    /** A narrow one, such as a phone's. */
    static Visit narrow(String address) {
        return new Visit(
                address,
                options -> options.setViewportSize(390, 844).setColorScheme(ColorScheme.DARK));
    }

    /** Goes to a page of the dashboard; the path begins with {@code #}. */
    Visit to(String path) {
        page.navigate(address + path);
        return this;
    }

    /**
     * Goes to a page by its keys, {@code g} and a letter. Again when this machine stood still
     * between the two: so late they are no pair.
     */
    void goTo(String letter, String heading) {
        var soon = new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS / 3);
        for (int tries = 1; ; tries++) {
            page.keyboard().press("g");
            page.keyboard().press(letter);
            try {
                assertThat(page.locator("h1")).containsText(heading, soon);
                return;
            } catch (AssertionError e) {
                if (tries == 3) {
                    throw e;
                }
            }
        }
    }

    /** Says who they are where that is asked for. */
    Visit signIn(String user, String password) {
        page.getByLabel("User").fill(user);
        page.getByLabel("Password").fill(password);
        button("Sign in").click();
        return this;
    }

    /** The browser complains of refused requests by itself; here one is part of the test. */
    Visit expectRefusal() {
        refusals = true;
        return this;
    }

    /** The page's policy is about to be broken, of which the browser complains. */
    Visit expectPolicy() {
        policy = true;
        return this;
    }

    /** It is a page of somebody else's, which asks a dashboard. */
    Visit elsewhere() {
        elsewhere = true;
        return this;
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** A button whose name begins so: a key may follow. */
    Locator buttonLike(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name));
    }

    Locator link(String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** The part of a page under this heading. */
    Locator card(String name) {
        return page.locator("section:has(> header > h2:text-is(\"" + name + "\"))");
    }

    Locator dialog() {
        return page.getByRole(AriaRole.DIALOG);
    }

    /** The row of a table that has this text in its first cells. */
    Locator row(String text) {
        return page.getByRole(AriaRole.ROW).filter(new Locator.FilterOptions().setHasText(text));
    }

    Locator heading(String name) {
        return page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(name));
    }

    /** What became of an action. */
    void isTold(String text) {
        assertThat(page.locator(".toasts")).containsText(text);
    }

    /** Keeps how it looks, as an artifact of the run. */
    Visit picture(String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
        return this;
    }

    /** Nothing that keeps people who see, hear or press little from using what is shown. */
    @SuppressWarnings("unchecked")
    Visit isAccessible(String what) {
        page.evaluate(AXE);
        var found =
                (List<String>)
                        page.evaluate(
                                """
                                async () => (await axe.run(document)).violations.map(
                                  (v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3)
                                    .map((n) => n.html.slice(0, 160)).join(' | ')}`)\
                                """);
        assertThat(found).as("findings of axe: " + what).isEmpty();
        return this;
    }

    /** Origins that were asked besides the dashboard's own. */
    private List<String> foreign() {
        String own = URI.create(address).getAuthority();
        return asked.stream()
                .filter(url -> !url.startsWith("data:") && !url.startsWith("blob:"))
                .filter(url -> !Objects.equals(URI.create(url).getAuthority(), own))
                .toList();
    }

    /** Waits for what happens next to have its request answered; answers the status. */
    int statusOf(String pathEnd, Runnable deed) {
        return page.waitForResponse(
                        response -> URI.create(response.url()).getPath().endsWith(pathEnd), deed)
                .status();
    }

    @Override
    public void close() {
        context.close();
        if (!elsewhere) {
            assertThat(foreign()).as("requests to other hosts").isEmpty();
        }
        assertThat(complaints.stream().filter(this::isUnexpected).toList())
                .as("what the browser complained of")
                .isEmpty();
    }

    private boolean isUnexpected(String complaint) {
        boolean aboutRequest =
                complaint.contains("Failed to load resource") || complaint.contains("CORS policy");
        boolean aboutPolicy = complaint.contains("Content Security Policy");
        return !(refusals && aboutRequest) && !(policy && aboutPolicy);
    }

    private static String axe() {
        try (var in = Visit.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
