package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.server.Main;
import dev.millrace.sqlite.SqliteStore;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** The demo as a process that is killed half-way. */
@Timeout(180)
class DemoKillTest {
    private static final int ROWS = 600;

    @TempDir Path directory;

    @Test
    void killedHalfWayItGoesOnAndNothingIsDoneTwice() throws Exception {
        var doneBefore = new HashMap<Long, Instant>();
        try (var store = SqliteStore.at(directory.resolve("demo.db"))) {
            var jobs = new DemoJobs(store, new Json());
            var killed = start("killed.log");
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> completed(jobs).size() >= 150);
            } finally {
                killed.destroyForcibly().waitFor();
            }
            doneBefore.putAll(completed(jobs));
            assertThat(doneBefore).hasSizeLessThan(ROWS - 50);
            assertThat(directory.resolve("out/graded.csv")).doesNotExist();

            var again = start("again.log");
            assertThat(again.waitFor(120, SECONDS)).isTrue();
            assertThat(again.exitValue()).isZero();

            assertThat(completed(jobs)).containsAllEntriesOf(doneBefore);
            for (var job : jobs.all()) {
                assertThat(job.state().isEnded()).isTrue();
                assertThat(jobs.withAttempts(job).attempts())
                        .filteredOn(attempt -> attempt.end() == Attempt.End.COMPLETED)
                        .hasSizeLessThanOrEqualTo(1);
            }
        }
        assertThat(Files.readString(directory.resolve("again.log")))
                .contains("Going on where it stood", "over 2 starts");
        assertThat(Files.readAllLines(directory.resolve("out/graded.csv")).stream().skip(1))
                .extracting(line -> Long.parseLong(line.substring(0, line.indexOf(','))))
                .containsExactlyElementsOf(LongStream.rangeClosed(2, ROWS + 1).boxed().toList());
    }

    private static Map<Long, Instant> completed(DemoJobs jobs) {
        var ends = new HashMap<Long, Instant>();
        for (var job : jobs.all()) {
            if (job.state() instanceof JobState.Completed done) {
                ends.put(job.id(), done.at());
            }
        }
        return ends;
    }

    private Process start(String log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "demo",
                        "--store",
                        "sqlite:" + directory.resolve("demo.db"),
                        "--out",
                        directory.resolve("out").toString(),
                        "--rows",
                        Integer.toString(ROWS),
                        "--workers",
                        "32",
                        "--slowness",
                        "0.5")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(log).toFile())
                .start();
    }
}
