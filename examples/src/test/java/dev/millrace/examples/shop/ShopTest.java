package dev.millrace.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Millrace;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The shop with real processes, a real mail server and a real store. */
@Timeout(180)
class ShopTest {
    @TempDir Path directory;

    @Test
    void inARushWithWorkersHiredOnTheWayEverythingIsDoneOnce() throws Exception {
        var said = new ByteArrayOutputStream();
        try (var out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            var options = Options.read("--rate", "25", "--workers", "3");
            int wrong = new Rehearsal(options, directory, out).run();
            String text = said.toString(StandardCharsets.UTF_8);
            assertThat(wrong).as(text).isZero();
            assertThat(text)
                    .contains("everything was done once, by 3 workers")
                    .contains("ok    sales")
                    .contains("ok    nightly");
        }
    }

    @Test
    void anOrderIsTakenAtOnceAndAnythingElseRefused() throws Exception {
        try (var millrace =
                        Millrace.builder()
                                .store(SqliteStore.at(directory.resolve("jobs.db")))
                                .start();
                var desk = new WebDesk(millrace, Pace.REAL, 0);
                var browser = HttpClient.newHttpClient()) {
            var taken = post(browser, desk, "customer=ada%40example.org&item=sofa");
            assertThat(taken.statusCode()).isEqualTo(303);
            String order = taken.headers().firstValue("Location").orElseThrow();
            assertThat(get(browser, desk, order).body()).contains("confirm", "scheduled");
            for (String rubbish :
                    new String[] {
                        "", "customer=ada&item=sofa", "customer=a%40b&item=whale", "%", "x=%zz"
                    }) {
                assertThat(post(browser, desk, rubbish).statusCode()).as(rubbish).isEqualTo(400);
            }
            assertThat(post(browser, desk, "a".repeat(5_000)).statusCode()).isEqualTo(400);
            assertThat(get(browser, desk, "/orders/1").statusCode()).isEqualTo(404);
            assertThat(get(browser, desk, "/orders/" + "9".repeat(40)).statusCode()).isEqualTo(400);
            assertThat(get(browser, desk, "/elsewhere").statusCode()).isEqualTo(404);
            assertThat(millrace.store().list(JobFilter.all(), 10, null).items())
                    .extracting(job -> job.state().name())
                    .containsOnly(JobState.Name.AVAILABLE, JobState.Name.SCHEDULED)
                    .hasSize(4);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--rate 0", "--rate", "--store file", "--workers 9", "clerk", "--hurry now"})
    void whatCannotBeMeantIsRefused(String line) {
        assertThatThrownBy(() -> Options.read(line.split(" ", -1)))
                .isInstanceOf(Options.Unfit.class);
    }

    private static HttpResponse<String> post(HttpClient browser, WebDesk desk, String form)
            throws Exception {
        return browser.send(
                HttpRequest.newBuilder(at(desk, "/orders"))
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(HttpClient browser, WebDesk desk, String path)
            throws Exception {
        return browser.send(
                HttpRequest.newBuilder(at(desk, path)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static URI at(WebDesk desk, String path) {
        return URI.create("http://127.0.0.1:" + desk.port() + path);
    }
}
