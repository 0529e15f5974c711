package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.JobFilter;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.WorkerInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Several processes on one file. */
@Timeout(120)
class SqliteProcessesTest {
    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    @Test
    void theLockOfAKilledProcessIsFree() throws Exception {
        try (var store = SqliteStore.at(file());
                var other = OtherProcess.start(file())) {
            long observer = store.register(new WorkerInfo("me", "1", Map.of(), Instant.now()));
            long worker = Long.parseLong(other.ask("register"));
            assertThat(lock(store, observer, worker)).isEqualTo(Lock.HELD);
            other.kill();
            assertThat(lock(store, observer, worker)).isEqualTo(Lock.FREE);
        }
    }

    @Test
    void ourOwnLockSurvivesALookByAnotherStoreOfThisProcess() throws Exception {
        try (var store = SqliteStore.at(file());
                var second = SqliteStore.at(file());
                var other = OtherProcess.start(file())) {
            long mine = store.register(new WorkerInfo("me", "1", Map.of(), Instant.now()));
            long looking = second.register(new WorkerInfo("too", "1", Map.of(), Instant.now()));
            assertThat(lock(second, looking, mine)).isEqualTo(Lock.HELD);
            assertThat(other.ask("probe " + mine)).isEqualTo("HELD");
        }
    }

    private static Lock lock(SqliteStore store, long observer, long worker) {
        var pulse = new Pulse(observer, true, 0, List.of(), Instant.now());
        return store.pulse(pulse).others().stream()
                .filter(seen -> seen.workerId() == worker)
                .findFirst()
                .orElseThrow()
                .lock();
    }

    @Test
    void workFromAnotherProcessIsSignalled() throws Exception {
        try (var store = SqliteStore.at(file());
                var other = OtherProcess.start(file())) {
            var woken = new Semaphore(0);
            try (var listening = store.signals().onWork(woken::release)) {
                for (int i = 0; i < 5; i++) {
                    other.ask("enqueue");
                    assertThat(woken.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
                }
            }
        }
    }

    @Test
    void aBusyProcessLetsOthersIn() throws Exception {
        try (var store = SqliteStore.at(file());
                var other = OtherProcess.start(file())) {
            assertThat(other.ask("flood")).isEqualTo("flooding");
            while (store.list(JobFilter.all(), 1, null).items().isEmpty()) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 20; i++) {
                var mine = OtherProcess.jobs(store, 1);
                // refused when the file is busy for half a minute
                store.enqueue(mine, false);
                assertThat(store.find(mine.getFirst().id())).isPresent();
            }
        }
    }

    @Test
    void processesThatStartAtOnceOnANewFileAreAllLetIn() throws Exception {
        var others = new ArrayList<OtherProcess>();
        try {
            for (int i = 0; i < 4; i++) {
                others.add(OtherProcess.launch(file()));
            }
            for (var other : others) {
                other.tell("open");
            }
            int enqueued = 0;
            for (var other : others) {
                other.expect("ready");
                assertThat(other.ask("enqueue")).isEqualTo("" + ++enqueued);
            }
        } finally {
            for (var other : others) {
                other.close();
            }
        }
    }
}
