package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.LogLine;
import dev.millrace.job.LogLine.Level;
import dev.millrace.job.StepRecord;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.PruneRules;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.WorkerInfo;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What is this engine's own about reports and signals: its bounds, and waits that are over. */
class SqliteReportsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final KindVersion WORK = new KindVersion("work", 1);

    @TempDir private Path directory;
    private SqliteStore store;
    private long me;
    private long claims;

    @BeforeEach
    void open() {
        store = SqliteStore.at(directory.resolve("jobs.db"));
        me = store.register(new WorkerInfo("w", "1", Map.of("q", 1), NOW));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private ClaimedJob running() {
        long id = store.reserveIds(1).first();
        var job = new NewJob(id, "q", WORK.kind(), 1, 4, "{}", 10, null, List.of(), NOW, null);
        store.enqueue(List.of(job), false);
        return claim();
    }

    private ClaimedJob claim() {
        claims++;
        var request = new ClaimRequest(me, claims, "q", Set.of(WORK), 1, true, NOW);
        return store.claim(request).getFirst();
    }

    private Report report(ClaimedJob job, List<StepRecord> steps, Report.@Nullable LogChunk log) {
        return new Report(job.id(), job.claimId(), me, null, null, steps, log, null);
    }

    private static List<StepRecord> steps(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> new StepRecord(i, "s" + i, "{}", 1, NOW))
                .toList();
    }

    private Recorded end(ClaimedJob job, Attempt.End end, Ending.Next next) {
        var ending =
                new Ending(
                        job.id(),
                        job.claimId(),
                        me,
                        job.attempt(),
                        NOW,
                        NOW,
                        end,
                        null,
                        null,
                        next,
                        false);
        return store.complete(List.of(ending)).getFirst();
    }

    private long rows() throws SQLException {
        long sum = 0;
        try (var connection =
                        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("jobs.db"));
                var statement = connection.createStatement()) {
            for (var table :
                    List.of("attempt_state", "job_log", "job_step", "job_signal", "signal_wait")) {
                try (var row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                    sum += row.getLong(1);
                }
            }
        }
        return sum;
    }

    @Test
    void aWaitThatIsOverMovesNothing() {
        var job = running();
        var until = NOW.plus(Duration.ofHours(1));
        var waiting = new Ending.Next.Waiting("go", 0, until, job.attempt());
        end(job, Attempt.End.WAITED, waiting);
        assertThat(store.reports().look(job.id()).waitsFor()).isEqualTo("go");
        store.retry(List.of(job.id()), NOW);
        var again = claim();
        end(again, Attempt.End.SLEPT, new Ending.Next.Again(until, again.attempt(), 0));
        assertThat(store.reports().look(job.id()).waitsFor()).isNull();
        assertThat(store.reports().signal(job.id(), "go", "1", NOW))
                .contains(JobState.Name.SCHEDULED);
        assertThat(store.find(job.id()).orElseThrow().state())
                .isEqualTo(new JobState.Scheduled(until, false));
    }

    @Test
    void aLogIsCutBackToItsNewestLines() {
        var job = running();
        String text = "x".repeat(3990);
        for (int chunk = 1; chunk <= 50; chunk++) {
            int number = chunk;
            var lines =
                    IntStream.range(0, 10)
                            .mapToObj(i -> "%04d%s".formatted(number * 10 + i, text))
                            .map(message -> new LogLine(NOW, Level.INFO, message))
                            .toList();
            var report = report(job, List.of(), new Report.LogChunk(chunk, lines));
            assertThat(store.reports().report(List.of(report))).containsExactly(Recorded.RECORDED);
            // the same again, as after a lost answer
            store.reports().report(List.of(report));
        }
        var log = store.reports().look(job.id()).log();
        int chars = log.stream().mapToInt(line -> line.message().length()).sum();
        assertThat(chars).isBetween(LogLine.MAX_LOG - 50_000, LogLine.MAX_LOG + (65 << 10));
        assertThat(log.getLast().message()).startsWith("0509");
        assertThat(log)
                .isSortedAccordingTo(Comparator.comparing(line -> line.message().substring(0, 4)));
    }

    @Test
    void muchThatJobsLeftIsRemovedInSteps() throws SQLException {
        for (int i = 0; i < 6; i++) {
            var job = running();
            if (i > 0) {
                var log = new LogLine(NOW, Level.INFO, "m");
                var chunk = new Report.LogChunk(1, List.of(log));
                store.reports().report(List.of(report(job, steps(9_000), chunk)));
                store.reports().signal(job.id(), "go", "1", NOW);
            }
            end(job, Attempt.End.COMPLETED, new Ending.Next.Finished());
        }
        long before = rows();
        assertThat(before).isEqualTo(5 * 9_003);
        var rules = PruneRules.finishedBefore(NOW.plus(Duration.ofHours(1)));
        long next = store.prune(rules, 0, 1000);
        assertThat(next).isPositive();
        assertThat(before - rows()).isBetween(20_000L, 30_000L);
        while (next > 0) {
            next = store.prune(rules, next, 1000);
        }
        assertThat(rows()).isZero();
        assertThat(store.find(1)).isEmpty();
        assertThat(store.find(6)).isEmpty();
    }

    @Test
    void deletedJobsLeaveNothing() throws SQLException {
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 4; i++) {
            var job = running();
            ids.add(job.id());
            store.reports().report(List.of(report(job, steps(9_000), null)));
            end(job, Attempt.End.COMPLETED, new Ending.Next.Finished());
        }
        assertThat(store.delete(ids)).hasSize(4);
        assertThat(rows()).isZero();
        assertThat(store.reports().look(ids.getFirst())).isEqualTo(JobReport.NONE);
        assertThat(store.find(ids.getLast())).isEmpty();
    }
}
