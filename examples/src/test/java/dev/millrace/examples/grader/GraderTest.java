package dev.millrace.examples.grader;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.examples.grader.GradeSteps.Company;
import dev.millrace.flow.Pipelines.Journey;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.BatchState;
import dev.millrace.store.JobFilter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** The grader, killed as {@code kill -9} does in the middle of its work, and started again. */
final class GraderTest {
    private static final int COMPANIES = 200;
    private static final int WORKERS = 10;
    private static final Duration DELAY = Duration.ofMillis(20);

    @TempDir private Path directory;

    private Process worker(SmallWeb web) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        GradeWorker.class.getName(),
                        directory.resolve("grader.db").toString(),
                        web.address().toString(),
                        Integer.toString(WORKERS))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void whatIsKilledHalfWayGoesOnWithoutRedoingFinishedSteps() throws Exception {
        try (var web = SmallWeb.start(DELAY);
                var millrace =
                        Millrace.builder()
                                .store(SqliteStore.at(directory.resolve("grader.db")))
                                .start()) {
            var pipeline =
                    new GradeSteps(web.address(), new Lanes(1), (step, company) -> {}).pipeline(1);
            millrace.submitAll(
                    pipeline,
                    IntStream.range(0, COMPANIES).mapToObj(GraderTest::company),
                    (company, why) -> {
                        throw why;
                    });
            var first = worker(web);
            try (var lines = first.inputReader()) {
                for (int said = 0; said < COMPANIES; said++) {
                    assertThat(lines.readLine()).isNotNull();
                }
                first.destroyForcibly().waitFor();
            }
            Set<String> finished = finished(millrace);
            assertThat(finished).hasSizeGreaterThan(WORKERS);
            var second = worker(web);
            var again = new HashSet<String>();
            try (var lines = second.inputReader()) {
                var listening = Thread.ofVirtual().start(() -> listen(lines, again));
                until(() -> IntStream.range(0, COMPANIES).allMatch(i -> isEnded(millrace, i)));
                second.getOutputStream().close();
                assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
                listening.join();
            }
            assertThat(again).isNotEmpty().doesNotContainAnyElementsOf(finished);
            IntStream.range(0, COMPANIES).forEach(i -> check(journey(millrace, i)));
        }
    }

    private static Company company(int i) {
        return new Company((i % 20 == 7 ? "gone-" : "company-") + i);
    }

    private static Journey journey(Millrace millrace, int i) {
        return millrace.pipelines().journey(GradeSteps.NAME, company(i).name()).orElseThrow();
    }

    private static boolean isEnded(Millrace millrace, int i) {
        return millrace.store()
                .batches()
                .item(GradeSteps.NAME, company(i).name())
                .orElseThrow()
                .state()
                .isEnded();
    }

    /** One job for each step, each completed once; those without a website end at the second. */
    private static void check(Journey journey) {
        boolean gone = String.valueOf(journey.item().key()).startsWith("gone-");
        assertThat(journey.item().state())
                .isEqualTo(gone ? BatchState.FAILED : BatchState.COMPLETED);
        assertThat(journey.visits())
                .extracting(JobSnapshot::kind)
                .isEqualTo(
                        gone
                                ? List.of("grade.name", "grade.website")
                                : List.of(
                                        "grade.name",
                                        "grade.website",
                                        "grade.fetch",
                                        "grade.grade"));
        if (!gone) {
            assertThat(journey.visits())
                    .allSatisfy(job ->
                            assertThat(job.attempts())
                                    .filteredOn(a -> a.end() == Attempt.End.COMPLETED)
                                    .hasSize(1));
        }
    }

    /** What the store has as done, as workers say it. */
    private static Set<String> finished(Millrace millrace) {
        var finished = new HashSet<String>();
        @Nullable String cursor = null;
        do {
            var page =
                    millrace.store()
                            .list(
                                    new JobFilter(JobState.Name.COMPLETED, null, null, null),
                                    500,
                                    cursor);
            for (JobSnapshot job : page.items()) {
                String text = job.payload();
                int from = text.indexOf("-") < 0 ? 0 : text.lastIndexOf('"', text.indexOf("-")) + 1;
                finished.add(
                        job.kind().substring("grade.".length())
                                + " "
                                + text.substring(from, text.indexOf('"', from)));
            }
            cursor = page.next();
        } while (cursor != null);
        return finished;
    }

    private static void listen(BufferedReader lines, Set<String> into) {
        lines.lines().forEach(into::add);
    }

    /** Something to wait for. */
    private interface So {
        boolean is();
    }

    private static void until(So so) {
        long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (!so.is()) {
            assertThat(System.nanoTime() - end).as("in time").isNegative();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
