package dev.millrace.examples.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.examples.smtp.Postbox;
import dev.millrace.examples.smtp.PostboxProcess;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

/** Every way does the same jobs, and what is said of them is what was measured. */
@Timeout(180)
class ComparisonTest {
    @TempDir Path directory;

    @Test
    void everyWaySendsEachMailOnce() throws Exception {
        try (var postbox = Postbox.start(letter -> {})) {
            for (var plan : Plans.all(postbox.address().getPort(), directory)) {
                try (var running = plan.way().start(3)) {
                    long before = postbox.received();
                    assertThat(running.run(10).failed()).as(plan.name()).isZero();
                    assertThat(postbox.received() - before).as(plan.name()).isEqualTo(10);
                }
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void memoryIsMeasuredWhileJobsWaitAndTheBudgetSaysHowManyFit() throws Exception {
        try (var server = PostboxProcess.start(1)) {
            var all = Plans.all(server.address().getPort(), directory);
            var ours = all.getLast();
            long budget = 512L << 20;
            var plan = new Plan(ours.name(), ours.explains(), ours.way(), true, 500, 50);
            var remarks = new PrintStream(new ByteArrayOutputStream(), true);
            var row = new Measurement(server, budget, 500).of(List.of(plan), 2, remarks).getFirst();
            assertThat(row.bytesPerJob()).isBetween(500.0, 500_000.0);
            assertThat(row.fits() * row.bytesPerJob()).isLessThan(budget);
            assertThat(row.atOnce()).isEqualTo((int) Math.min(row.fits(), 500));
            assertThat(row.peakBytes()).isLessThanOrEqualTo(budget);
            assertThat(server.counts().mostWaiting()).isGreaterThanOrEqualTo(500);
            assertThat(row.peakBytes()).isGreaterThan(20 << 20);
        }
    }

    @Test
    void aJobThatIsRefusedFails() throws Exception {
        try (var postbox =
                Postbox.start(letter -> {
                    throw new InterruptedException();
                })) {
            assertThatThrownBy(() -> Dialogue.send(postbox.address().getPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("expected answer 250, got '421");
        }
    }

    @Test
    void tableAndChartShowTheFigures() throws Exception {
        var plan = new Plan("one way", "", new Way.ProcessEach(List.of()), false, 1, 1);
        var rows =
                List.of(
                        new Row(plan, 40e6, 12, 12, 20, 500e6),
                        new Row(plan, 20e3, 20_000, 10_000, 4_000, 300e6));
        var text = new ByteArrayOutputStream();
        new Report(rows).print(new PrintStream(text, true, StandardCharsets.UTF_8));
        assertThat(text.toString(StandardCharsets.UTF_8))
                .contains("40,000,000", "20,000", "200.0 x the jobs/s, 1666.7 x the jobs at once");
        var document =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(Chart.svg(rows))));
        assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(1 + 3 * 2);
        assertThat(document.getElementsByTagName("svg").item(0).getTextContent())
                .contains("4,000", "40,000,000");
    }
}
