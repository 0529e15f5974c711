package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.server.Main;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;

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
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The demo as a process that is killed half-way. */
@Timeout(300)
class DemoKillTest {
    private static final int ROWS = 600;

    @TempDir Path directory;
    private Path place;

    @Test
    void killedHalfWayItGoesOnAndNoStepIsDoneTwice() throws Exception {
        var doneBefore = new HashMap<Long, Instant>();
        killHalfWay();
        try (var store = SqliteStore.at(place.resolve("demo.db"))) {
            var items = new DemoItems(store, new Json());
            doneBefore.putAll(doneSteps(items));
            assertThat(doneBefore).hasSizeGreaterThan(4 * 150 - 1);
            assertThat(place.resolve("out/graded.csv")).doesNotExist();

            var again = start("again.log");
            assertThat(again.waitFor(120, SECONDS)).isTrue();
            assertThat(again.exitValue()).isZero();

            assertThat(doneSteps(items)).containsAllEntriesOf(doneBefore);
            for (var item : items.all()) {
                assertThat(item.state().isEnded()).isTrue();
                checkWay(items.visits(item));
            }
        }
        assertThat(Files.readString(place.resolve("again.log")))
                .contains("Going on where it stood", "over 2 starts");
        assertThat(Files.readAllLines(place.resolve("out/graded.csv")).stream().skip(1))
                .extracting(line -> Long.parseLong(line.substring(0, line.indexOf(','))))
                .containsExactlyElementsOf(LongStream.rangeClosed(2, ROWS + 1).boxed().toList());
    }

    /** Anew when this process was given no processor until it was all but over. */
    private void killHalfWay() throws Exception {
        for (int tries = 1; tries <= 5; tries++) {
            place = Files.createDirectory(directory.resolve("try" + tries));
            try (var store = SqliteStore.at(place.resolve("demo.db"))) {
                var killed = start("killed.log");
                try {
                    Awaitility.await()
                            .atMost(Duration.ofSeconds(90))
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> graded(store) >= 150);
                } finally {
                    killed.destroyForcibly().waitFor();
                }
                if (graded(store) < ROWS - 50) {
                    return;
                }
            }
        }
        throw new AssertionError("the demo was all but over at each kill");
    }

    /** Each step once, in their order, each but the last completed once, and nothing after that. */
    private static void checkWay(List<JobSnapshot> visits) {
        assertThat(visits)
                .extracting(JobSnapshot::kind)
                .isEqualTo(GradeSteps.QUEUES.subList(0, visits.size()));
        for (var job : visits) {
            var ends = job.attempts().stream().map(Attempt::end).toList();
            assertThat(ends.subList(0, ends.size() - 1))
                    .doesNotContain(Attempt.End.COMPLETED, Attempt.End.DISCARDED);
            boolean ended = ends.getLast() == Attempt.End.COMPLETED;
            assertThat(ended || job == visits.getLast()).isTrue();
            assertThat(ends.getLast()).isIn(Attempt.End.COMPLETED, Attempt.End.DISCARDED);
        }
    }

    /** Packages that have their grade. */
    private static long graded(JobStore store) {
        var kind = GradeSteps.QUEUES.getLast();
        var filter = new JobFilter(JobState.Name.COMPLETED, null, kind, null);
        return store.list(filter, 1_000, null).items().size();
    }

    /** When each step that is done was done, by its job. */
    private static Map<Long, Instant> doneSteps(DemoItems items) {
        var ends = new HashMap<Long, Instant>();
        for (var item : items.all()) {
            for (var job : items.visits(item)) {
                if (job.state() instanceof JobState.Completed done) {
                    ends.put(job.id(), done.at());
                }
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
                        "sqlite:" + place.resolve("demo.db"),
                        "--out",
                        place.resolve("out").toString(),
                        "--rows",
                        Integer.toString(ROWS),
                        "--workers",
                        "32",
                        "--slowness",
                        "0.5")
                .redirectErrorStream(true)
                .redirectOutput(place.resolve(log).toFile())
                .start();
    }
}
