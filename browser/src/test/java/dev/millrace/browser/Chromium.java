package dev.millrace.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The one browser of this process, started by the first test that wants it. */
final class Chromium {
    private static final List<Path> PLACES =
            List.of(
                    Path.of("/usr/bin/chromium"),
                    Path.of("/usr/bin/chromium-browser"),
                    Path.of("/usr/bin/google-chrome"));

    private static @Nullable Browser browser;

    private Chromium() {}

    /** Used by the tests' own thread only: Playwright is of one thread. */
    static Browser get() {
        if (browser == null) {
            Browser started =
                    Playwright.create(
                                    new Playwright.CreateOptions()
                                            .setEnv(
                                                    Map.of(
                                                            "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                                                            "1")))
                            .chromium()
                            .launch(
                                    new BrowserType.LaunchOptions()
                                            .setExecutablePath(installed())
                                            .setArgs(
                                                    List.of(
                                                            // root, as in a container, has none
                                                            "--no-sandbox",
                                                            "--disable-background-networking",
                                                            "--disable-component-update",
                                                            "--no-first-run")));
            browser = started;
        }
        return browser;
    }

    private static Path installed() {
        return PLACES.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(
                                "expected a browser at one of %s, got none; install it with: apt-get install chromium"
                                        .formatted(PLACES)));
    }
}
