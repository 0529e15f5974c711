package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

class ReportTest {
    @TempDir Path directory;

    @Test
    void showsTheHeadlineFigures() {
        assertThat(Report.page(summary(10)))
                .contains("<b>25×</b>")
                .contains("<b>4,456</b>")
                .contains("<b>225</b>")
                .contains("going on where 1 earlier start stood")
                .contains(">not UTF-8<")
                .doesNotContain("{{");
    }

    @Test
    void asksNothingOfAnyHostAndRunsNoScript() {
        var page = Report.page(summary(10));
        assertThat(page)
                .contains("default-src 'none'")
                .doesNotContain("<script", "url(", "@import");
        assertThat(Pattern.compile("\\b(src|href)=").matcher(page).find()).isFalse();
    }

    @Test
    void escapesWhateverARowHolds() {
        var page = Report.page(summary(10));
        assertThat(page).contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
        assertThat(Html.escape("a\0b\u001bc\"&")).isEqualTo("a\ufffdb\ufffdc&quot;&amp;");
    }

    @Test
    void listsAFewRowsOfEachReason() {
        assertThat(Report.page(summary(500)))
                .contains("and 492 more in <code>graded.csv</code>")
                .contains("not UTF-8");
    }

    @Test
    void anEmptyRunHasAReportToo() {
        var empty =
                new DemoSummary(
                        Instant.EPOCH,
                        Duration.ZERO,
                        1,
                        1,
                        0,
                        0,
                        0,
                        0,
                        0,
                        Duration.ZERO,
                        Map.of(),
                        new TreeMap<>(),
                        Map.of(),
                        new TreeMap<>(),
                        new TreeMap<>(),
                        List.of(),
                        Map.of(),
                        Map.of(),
                        List.of(),
                        "graded.csv");
        assertThat(Report.page(empty)).contains("<b>0.0×</b>").doesNotContain("NaN", "Infinity");
    }

    @Test
    void replacesTheFileWholeOrNotAtAll() throws IOException {
        var file = directory.resolve("sub/report.html");
        Report.write(file, summary(10));
        assertThat(file).content().startsWith("<!doctype html>").endsWith("</html>\n");
        assertThatThrownBy(() ->
                        AtomicFile.write(
                                file,
                                out -> {
                                    out.write("half");
                                    throw new IOException("full");
                                }))
                .hasMessage("full");
        assertThat(file).content().startsWith("<!doctype html>");
        try (var files = Files.list(directory.resolve("sub"))) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void writesEveryGradeIntoTheCsv() throws IOException {
        var file = directory.resolve("graded.csv");
        var row = new Row.Good(2, "foo", "libs, old", "https://foo.example/\"");
        var grade = new Grade(85, List.of(new Grade.Finding("no-title", 15, "x")));
        var aside = new DemoSummary.SetAside(3, "", "not UTF-8", "expected a, got b", "foo\\xe9");
        GradedCsv.write(
                file,
                List.of(
                                new GradedCsv.Entry.Graded(row, grade, 2, 200, 1_000, 70),
                                new GradedCsv.Entry.GivenUp(aside, 0))
                        .iterator());
        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "line,package,section,homepage,outcome,grade,points,attempts,status,bytes,"
                                + "millis,reasons",
                        "2,foo,\"libs,"
                                + " old\",\"https://foo.example/\"\"\",graded,B,85,2,200,1000,70,"
                                + "no-title",
                        "3,,,,set aside,,,0,,,,\"not UTF-8: expected a, got b\"");
    }

    /** Browsers forgive; a parser of XML does not: every chart is well-formed. */
    @Test
    void chartsAreWellFormed() throws Exception {
        var bars = List.of(new Chart.Bar("<a> & 'b'", 3, "bar"), new Chart.Bar("c", 0, "bar"));
        var charts =
                List.of(
                        Chart.columns(bars, "x"),
                        Chart.columns(List.of(), "x"),
                        Chart.rows(bars, "x"),
                        Chart.stacks(List.of(new Chart.Stack("s", bars)), "x"),
                        Chart.curve(List.of()),
                        Chart.curve(List.of(1L)),
                        Chart.curve(java.util.Collections.nCopies(5_000, 7L)));
        var parser = javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder();
        for (var chart : charts) {
            var source = new org.xml.sax.InputSource(new StringReader(chart));
            assertThat(parser.parse(source).getDocumentElement().getTagName()).isEqualTo("svg");
            assertThat(chart).doesNotContain("NaN", "Infinity").hasSizeLessThan(20_000);
        }
    }

    private static DemoSummary summary(int withoutHomePage) {
        var setAside = new ArrayList<DemoSummary.SetAside>();
        for (int i = 0; i < withoutHomePage; i++) {
            setAside.add(
                    new DemoSummary.SetAside(i, "p" + i, "no home page", "expected one", "p" + i));
        }
        setAside.add(
                new DemoSummary.SetAside(
                        900, "", "not UTF-8", "expected UTF-8", "<script>alert('1')</script>"));
        return new DemoSummary(
                Instant.EPOCH,
                Duration.ofSeconds(20),
                2,
                64,
                4_895,
                4_508,
                4_456,
                6_214,
                1_706,
                Duration.ofSeconds(500),
                Map.of(Grade.Letter.A, 900L, Grade.Letter.F, 100L),
                new TreeMap<>(Map.of("libs", Map.of(Grade.Letter.A, 5L))),
                Map.of("no-title", 3L),
                new TreeMap<>(Map.of(1, 3_000L, 2, 600L)),
                new TreeMap<>(Map.of(50L, 100L, 400L, 300L, 2_000L, 4L)),
                List.of(0L, 200L, 300L, 100L),
                Map.of("cut", 12L),
                Map.of("no home page", (long) withoutHomePage, "not UTF-8", 1L),
                setAside,
                "graded.csv");
    }
}
