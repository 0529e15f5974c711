package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;

class GraderTest {
    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
    private static final URI HOME = URI.create("https://foo.example/");
    private static final String GOOD =
            "<!doctype html><html lang=\"en\"><head><title>Foo</title>"
                    + "<meta name=\"description\" content=\"x\">"
                    + "<meta name='viewport' content='width=device-width'></head>"
                    + "<body><a href=\"/a\">a</a></body></html>";
    private static final Map<String, List<String>> HEADERS =
            Map.of(
                    "content-type", List.of("text/html; charset=utf-8"),
                    "last-modified", List.of("Thu, 1 Oct 2026 00:00:00 GMT"));

    @Test
    void aGoodPageIsAnA() {
        var grade = Grader.grade(HOME, page(GOOD), NOW);
        assertThat(grade.findings()).isEmpty();
        assertThat(grade.points()).isEqualTo(100);
        assertThat(grade.letter()).isEqualTo(Grade.Letter.A);
    }

    @Test
    void eachFaultHasItsName() {
        assertThat(names(page(GOOD.replace("Foo", " ")))).containsExactly("no-title");
        assertThat(names(page(GOOD.replace("description", "x")))).containsExactly("no-description");
        assertThat(names(page(GOOD.replace("lang", "x")))).containsExactly("no-language");
        assertThat(names(page(GOOD.replace("viewport", "x")))).containsExactly("not-for-phones");
        assertThat(names(page(GOOD.replace("</html>", "")))).containsExactly("open-html");
        assertThat(names(page(GOOD.replace("\"/a\"", "\"ht tp://\""))))
                .containsExactly("broken-links");
        assertThat(names(page(GOOD + " ".repeat(200_000)))).containsExactly("heavy");
        assertThat(names(page(GOOD).at(URI.create("http://foo.example/"))))
                .containsExactly("no-https");
        var slow = new Page(HOME, 200, HEADERS, bytes(GOOD), false, Duration.ofSeconds(2));
        assertThat(names(slow)).containsExactly("slow");
        var latin1 = GOOD.replace("Foo", "Fo\u00e9").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(names(new Page(HOME, 200, HEADERS, Bytes.copyOf(latin1), false, Duration.ZERO)))
                .containsExactly("odd-bytes");
        assertThat(names(with("content-type", "text/html; charset=x-none")))
                .containsExactly("odd-charset");
        assertThat(names(with("content-type", "text/html"))).containsExactly("no-charset");
        assertThat(names(with("last-modified", "yesterday"))).containsExactly("undated");
        assertThat(names(with("last-modified", "Mon, 1 Oct 2012 00:00:00 GMT")))
                .containsExactly("stale");
    }

    @Test
    void aRedirectToASafePageCostsLittle() {
        var grade = Grader.grade(URI.create("http://foo.example/"), page(GOOD), NOW);
        assertThat(grade.findings()).extracting(Grade.Finding::name).containsExactly("http-link");
    }

    @Test
    void aPageThatIsNotThereIsAnF() {
        var page = new Page(HOME, 404, Map.of(), bytes("gone"), false, Duration.ZERO);
        var grade = Grader.grade(HOME, page, NOW);
        assertThat(grade.letter()).isEqualTo(Grade.Letter.F);
        assertThat(grade.findings()).extracting(Grade.Finding::name).containsExactly("not-found");
    }

    @Test
    void letters() {
        assertThat(Grade.Letter.of(90)).isEqualTo(Grade.Letter.A);
        assertThat(Grade.Letter.of(89)).isEqualTo(Grade.Letter.B);
        assertThat(Grade.Letter.of(0)).isEqualTo(Grade.Letter.F);
    }

    @Test
    @Timeout(20)
    void anyBytesAreGraded() {
        var random = new Random(11);
        var parts =
                List.of("<a ", "<meta ", "<title", "<html ", "href=\"", "name=", ">", "x", "\"");
        for (int round = 0; round < 60; round++) {
            var text = new StringBuilder();
            while (text.length() < PageFetcher.MAX_BODY_BYTES / 2) {
                text.append(parts.get(random.nextInt(round % parts.size() + 1)));
            }
            assertThat(Grader.grade(HOME, page(text.toString()), NOW).points()).isBetween(0, 100);
            var noise = new byte[5_000];
            random.nextBytes(noise);
            var page = new Page(HOME, 200, Map.of(), Bytes.copyOf(noise), true, Duration.ZERO);
            assertThat(Grader.grade(HOME, page, NOW).points()).isBetween(0, 100);
        }
    }

    private static List<String> names(Page page) {
        return Grader.grade(HOME, page, NOW).findings().stream().map(Grade.Finding::name).toList();
    }

    private static Page with(String header, String value) {
        var headers = new java.util.HashMap<>(HEADERS);
        headers.put(header, List.of(value));
        return new Page(HOME, 200, headers, bytes(GOOD), false, Duration.ZERO);
    }

    private static Page page(String text) {
        return new Page(HOME, 200, HEADERS, bytes(text), false, Duration.ZERO);
    }

    private static Bytes bytes(String text) {
        return Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8));
    }
}
