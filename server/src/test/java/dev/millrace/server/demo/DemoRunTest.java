package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.Json;
import dev.millrace.sqlite.SqliteStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.LongStream;

class DemoRunTest {
    private static final int ROWS = 230;
    private static final Duration DEADLINE = Duration.ofMillis(500);

    @TempDir Path directory;

    /** Parts of the list may be jobs already, in any order, at whatever moment it was killed. */
    @Test
    void goesOnWhereItStoodWithEveryRowOnce() throws Exception {
        var list = PackageList.shipped(ROWS, 0);
        try (var earlier = Millrace.builder().store(store()).start()) {
            var pipeline = new GradeSteps(DemoRunTest::nothing, Clock.systemUTC()).pipeline(1);
            earlier.submitAll(
                    pipeline,
                    list.jobs().stream()
                            .filter(row -> row.line() % 3 == 1)
                            .map(GradeSteps.Listed::of),
                    (row, why) -> {
                        throw why;
                    });
        }
        var stopped = new ByteArrayOutputStream();
        var first = run(stopped);
        first.stop();
        assertThat(first.run()).isInstanceOf(DemoRun.Ended.Stopped.class);
        assertThat(text(stopped)).contains("Going on where it stood", "goes on where it stood");
        assertThat(directory.resolve("graded.csv")).doesNotExist();

        var said = new ByteArrayOutputStream();
        assertThat(run(said).run()).isInstanceOf(DemoRun.Ended.Finished.class);
        assertThat(text(said)).contains("100 %", "graded.csv", "report.html", "times as long");
        assertEveryRowOnce(list);

        var graded = Files.readString(directory.resolve("graded.csv"));
        Files.delete(directory.resolve("graded.csv"));
        var again = new ByteArrayOutputStream();
        assertThat(run(again).run()).isInstanceOf(DemoRun.Ended.Finished.class);
        assertThat(text(again)).contains("All of it was done before", "--fresh");
        assertThat(directory.resolve("graded.csv")).content().isEqualTo(graded);
        assertEveryRowOnce(list);
    }

    @Test
    void takesAtLeastTheRowsThatAnEarlierStartTook() throws IOException {
        var list = PackageList.shipped(5, 20);
        assertThat(list.rows()).isEqualTo(19);
        assertThat(list.jobs().getLast().line()).isLessThanOrEqualTo(20);
    }

    private void assertEveryRowOnce(PackageList list) throws IOException {
        assertThat(Files.readAllLines(directory.resolve("graded.csv")).stream().skip(1))
                .extracting(line -> Long.parseLong(line.substring(0, line.indexOf(','))))
                .containsExactlyElementsOf(LongStream.rangeClosed(2, ROWS + 1).boxed().toList());
        try (var store = store()) {
            var items = new DemoItems(store, new Json());
            for (var item : items.all()) {
                assertThat(item.state().isEnded()).isTrue();
                for (var job : items.visits(item)) {
                    assertThat(job.attempts())
                            .filteredOn(attempt -> attempt.end() == Attempt.End.COMPLETED)
                            .hasSizeLessThanOrEqualTo(1);
                }
            }
            assertThat(items.all()).hasSameSizeAs(list.jobs());
            assertThat(items.byKey()).hasSameSizeAs(list.jobs());
        }
    }

    /** Nobody works in a process that only submits. */
    private static GradeSteps.Source nothing() {
        throw new IllegalStateException("expected no step to run here");
    }

    private DemoRun run(ByteArrayOutputStream out) {
        var print = new PrintStream(out, true, StandardCharsets.UTF_8);
        return new DemoRun(
                new DemoRun.Settings(64, ROWS, directory, 0, 1, DEADLINE),
                store(),
                new DemoRun.Voice(print, print, Screen.plain()));
    }

    private SqliteStore store() {
        return SqliteStore.at(directory.resolve("demo.db"));
    }

    private static String text(ByteArrayOutputStream out) {
        return out.toString(StandardCharsets.UTF_8);
    }
}
