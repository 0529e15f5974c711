package dev.millrace.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The built page, as a browser gets it: whole, from this server alone, allowed by its policy. */
@Timeout(60)
class DashboardTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]*)\"");
    private static final Pattern IN_CSS = Pattern.compile("url\\(|@import");
    private static final Pattern INLINE =
            Pattern.compile("<script(?![^>]* src=)|<style|\\sstyle=|\\son[a-z]+=|javascript:");

    /** Names that are no addresses: what XML calls its own vocabularies. */
    private static final Pattern FOREIGN =
            Pattern.compile("(?:https?:)?//(?!www\\.w3\\.org/)[a-z0-9-]+\\.[a-z0-9.-]+");

    /** How the frame's list of pages looks once it is built. */
    private static final Pattern PAGE =
            Pattern.compile("at:[`\"']([a-z]*)[`\"'],title:[`\"']([A-Za-z ]+)[`\"'],key:[`\"'](.)");

    private static final int MOST_BYTES_COMPRESSED = 150_000;

    private static List<String> references(String html) {
        return REFERENCE.matcher(html).results().map(each -> each.group(1)).toList();
    }

    @Test
    void thePageNamesOnlyFilesThatThisServerHas() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            List<String> names = references(served.get("/").body());
            assertThat(names).hasSizeGreaterThanOrEqualTo(3);
            for (String name : names) {
                assertThat(name).as("relative, so that a proxy may mount it").startsWith("./");
                HttpResponse<String> file = served.get(name.substring(1));
                assertThat(file.statusCode()).as(name).isEqualTo(200);
                assertThat(file.headers().firstValue("Cache-Control").orElse(""))
                        .as(name)
                        .contains("immutable");
            }
        }
    }

    @Test
    void nothingIsInlineAndNoOtherHostIsAsked() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            HttpResponse<String> page = served.get("/");
            assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                    .contains("default-src 'self'")
                    .doesNotContain("unsafe");
            assertThat(page.body()).doesNotContainPattern(INLINE);
            var texts = new ArrayList<>(List.of(page.body()));
            for (String name : references(page.body())) {
                String text = served.get(name.substring(1)).body();
                texts.add(text);
                if (name.endsWith(".css")) {
                    assertThat(text).as(name).doesNotContainPattern(IN_CSS);
                }
            }
            assertThat(texts).noneMatch(text -> FOREIGN.matcher(text).find());
        }
    }

    @Test
    void theFirstVisitFitsIntoAFewPackets() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            long bytes = 0;
            var names = new ArrayList<>(List.of("./"));
            names.addAll(references(served.get("/").body()));
            for (String name : names) {
                HttpRequest.Builder request =
                        served.to(name.substring(1)).header("Accept-Encoding", "gzip");
                bytes +=
                        served.client
                                .send(request.build(), HttpResponse.BodyHandlers.ofByteArray())
                                .body()
                                .length;
            }
            assertThat(bytes).isLessThan(MOST_BYTES_COMPRESSED);
        }
    }

    @Test
    void everyPageIsInTheListByWhichItIsReachedUnderAKeyOfItsOwn() throws Exception {
        try (var served = new Served(new MemoryStore())) {
            String script =
                    references(served.get("/").body()).stream()
                            .filter(name -> name.endsWith(".js"))
                            .findFirst()
                            .orElseThrow();
            List<MatchResult> pages =
                    PAGE.matcher(served.get(script.substring(1)).body()).results().toList();
            assertThat(pages)
                    .extracting(page -> page.group(2))
                    .containsExactly(
                            "Overview",
                            "Jobs",
                            "Queues",
                            "Workers",
                            "Discarded",
                            "Schedules",
                            "Pipelines",
                            "Batches",
                            "Audit");
            assertThat(pages).extracting(page -> page.group(1)).doesNotHaveDuplicates();
            assertThat(pages).extracting(page -> page.group(3)).doesNotHaveDuplicates();
        }
    }

    @Test
    void whatTheseTestsLookForIsFound() {
        assertThat(references("<a href=\"./x\"><img src=\"/y\">")).containsExactly("./x", "/y");
        for (String inline :
                List.of(
                        "<script>",
                        "<script type=\"module\">",
                        "<style>",
                        "<p style=\"\">",
                        "<p onclick=\"x\">",
                        "<a href=\"javascript:x\">")) {
            assertThat(inline).containsPattern(INLINE);
        }
        assertThat("<script type=\"module\" src=\"./x.js\">").doesNotContainPattern(INLINE);
        assertThat("fetch(\"https://cdn.example.org/x\")").containsPattern(FOREIGN);
        assertThat("<link href=\"//fonts.example.com/x\">").containsPattern(FOREIGN);
    }
}
