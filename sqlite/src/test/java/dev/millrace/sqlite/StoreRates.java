package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.WorkerInfo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Prints rates of the store beside bare loops. Run by hand: {@code StoreRates DIRECTORY}. */
final class StoreRates {
    private static final KindVersion NOOP = new KindVersion("noop", 1);
    private static final int JOBS = 100_000;
    private final AtomicLong claims = new AtomicLong();
    private final Path directory;

    private StoreRates(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] args) throws Exception {
        var rates = new StoreRates(Files.createTempDirectory(Path.of(args[0]), "rates"));
        for (int round = 0; round < 4; round++) {
            rates.drain(round);
            rates.bareDrain(round);
            for (int callers : new int[] {1, 16, 256}) {
                rates.enqueue(round, callers, Thread.ofPlatform().factory(), "platform");
                if (callers > 1) {
                    rates.enqueue(round, callers, Thread.ofVirtual().factory(), "virtual");
                }
                rates.bareEnqueue(round, callers);
            }
        }
    }

    private static void print(String what, int count, long since) {
        System.out.printf("%-40s %,10.0f/s%n", what, count * 1e9 / (System.nanoTime() - since));
    }

    private void drain(int round) {
        try (var store = SqliteStore.at(directory.resolve("store" + round))) {
            long since = System.nanoTime();
            for (int i = 0; i < JOBS; i += 1000) {
                store.enqueue(jobs(store.reserveIds(1000).first(), 1000), false);
            }
            print("bulk enqueue by 1000", JOBS, since);
            since = System.nanoTime();
            for (int i = 0; i < JOBS; i += 1000) {
                var keyed = OtherProcess.unique(store, "k" + i + "-", 1000);
                store.enqueueKeyed(keyed, false);
            }
            print("bulk enqueue by 1000, unique keys", JOBS, since);
            var now = Instant.now();
            long me = store.register(new WorkerInfo("w", "1", Map.of(), now));
            since = System.nanoTime();
            long claiming = 0;
            for (int i = 0; i < JOBS; i += 1000) {
                long t = System.nanoTime();
                var got =
                        store.claim(
                                new ClaimRequest(
                                        me,
                                        claims.incrementAndGet(),
                                        "q",
                                        Set.of(NOOP),
                                        1000,
                                        false,
                                        now));
                claiming += System.nanoTime() - t;
                var endings = new ArrayList<Ending>();
                for (var job : got) {
                    endings.add(
                            new Ending(
                                    job.id(),
                                    job.claimId(),
                                    me,
                                    1,
                                    now,
                                    now,
                                    Attempt.End.COMPLETED,
                                    null,
                                    null,
                                    new Ending.Next.Finished(),
                                    false));
                }
                store.complete(endings);
            }
            print("claim+complete by 1000", JOBS, since);
            System.out.printf("   of which claiming %.1f us a job%n", claiming / 1e3 / JOBS);
            System.out.println("   " + store.info().facts());
        }
    }

    private static List<NewJob> jobs(long first, int count) {
        var jobs = new ArrayList<NewJob>();
        var now = Instant.now();
        for (int i = 0; i < count; i++) {
            jobs.add(
                    new NewJob(
                            first + i,
                            "q",
                            "noop",
                            1,
                            4,
                            "{\"to\":\"someone@example.org\",\"offer\":123456}",
                            10,
                            null,
                            List.of(),
                            now,
                            null));
        }
        return jobs;
    }

    private void enqueue(int round, int callers, ThreadFactory threads, String kind)
            throws InterruptedException {
        int each = Math.max(60, 10_000 / callers);
        try (var store =
                SqliteStore.at(directory.resolve("enqueue" + kind + round + "-" + callers))) {
            long first = store.reserveIds(100_000).first();
            var ids = new AtomicLong(first);
            store.enqueue(jobs(ids.getAndIncrement(), 1), false);
            var done = new CountDownLatch(callers);
            long since = System.nanoTime();
            for (int t = 0; t < callers; t++) {
                threads.newThread(
                                () -> {
                                    for (int i = 0; i < each; i++) {
                                        store.enqueue(jobs(ids.getAndIncrement(), 1), false);
                                    }
                                    done.countDown();
                                })
                        .start();
            }
            done.await();
            print("enqueue, %d %s callers".formatted(callers, kind), each * callers, since);
        }
    }

    private Connection bare(String name) throws SQLException {
        var file = directory.resolve(name);
        SqliteStore.schema(file).apply();
        var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA synchronous = FULL");
            statement.execute("PRAGMA cache_size = -32768");
        }
        connection.setAutoCommit(false);
        return connection;
    }

    private void bareDrain(int round) throws SQLException {
        try (var connection = bare("bare" + round);
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE w (id INTEGER PRIMARY KEY, payload TEXT)");
            statement.execute("CREATE TABLE r (id INTEGER PRIMARY KEY, payload TEXT)");
            try (var insert = connection.prepareStatement("INSERT INTO w VALUES (?, ?)")) {
                for (int i = 0; i < JOBS; i++) {
                    insert.setLong(1, i);
                    insert.setString(2, "{\"to\":\"someone@example.org\",\"offer\":123456}");
                    insert.executeUpdate();
                }
            }
            connection.commit();
            try (var take =
                            connection.prepareStatement(
                                    "DELETE FROM w WHERE id IN (SELECT id FROM w ORDER BY id"
                                            + " LIMIT 1000) RETURNING id, payload");
                    var put = connection.prepareStatement("INSERT INTO r VALUES (?, ?)");
                    var end = connection.prepareStatement("DELETE FROM r WHERE id = ?")) {
                long since = System.nanoTime();
                for (int i = 0; i < JOBS; i += 1000) {
                    var got = new ArrayList<Long>();
                    try (var rows = take.executeQuery()) {
                        while (rows.next()) {
                            got.add(rows.getLong(1));
                            put.setLong(1, rows.getLong(1));
                            put.setString(2, rows.getString(2));
                            put.addBatch();
                        }
                    }
                    put.executeBatch();
                    connection.commit();
                    for (long id : got) {
                        end.setLong(1, id);
                        end.addBatch();
                    }
                    end.executeBatch();
                    connection.commit();
                }
                print("bare claim+complete by 1000", JOBS, since);
            }
        }
    }

    private void bareEnqueue(int round, int callers) throws Exception {
        record Wait(long id, Thread thread, AtomicBoolean done) {}
        int each = Math.max(60, 10_000 / callers);
        var queue = new ConcurrentLinkedQueue<Wait>();
        var ids = new AtomicLong();
        var running = new AtomicBoolean(true);
        var done = new CountDownLatch(callers);
        try (var connection = bare("bareEnqueue" + round + "-" + callers);
                var body =
                        connection.prepareStatement(
                                "INSERT INTO job (id, lane, rank, max_attempts, pos, created_at,"
                                        + " payload) VALUES (?, 1, 5, 10, ?, ?, ?)");
                var row =
                        connection.prepareStatement(
                                "INSERT INTO available (lane, rank, pos, job_id, attempt, rescues,"
                                        + " again) VALUES (1, 5, ?, ?, 1, 0, 0)")) {
            var writer =
                    Thread.ofPlatform()
                            .start(() -> {
                                var batch = new ArrayList<Wait>();
                                while (running.get()) {
                                    for (var w = queue.poll(); w != null; w = queue.poll()) {
                                        batch.add(w);
                                        try {
                                            body.setLong(1, w.id());
                                            body.setLong(2, w.id());
                                            body.setLong(3, System.nanoTime());
                                            body.setString(
                                                    4,
                                                    "{\"to\":\"someone@example.org\",\"offer\":1}");
                                            body.executeUpdate();
                                            row.setLong(1, w.id());
                                            row.setLong(2, w.id());
                                            row.executeUpdate();
                                        } catch (SQLException e) {
                                            throw new AssertionError(e);
                                        }
                                    }
                                    if (!batch.isEmpty()) {
                                        try {
                                            connection.commit();
                                        } catch (SQLException e) {
                                            throw new AssertionError(e);
                                        }
                                        for (var w : batch) {
                                            w.done().set(true);
                                            java.util.concurrent.locks.LockSupport.unpark(
                                                    w.thread());
                                        }
                                        batch.clear();
                                    } else {
                                        java.util.concurrent.locks.LockSupport.park();
                                    }
                                }
                            });
            long since = System.nanoTime();
            for (int t = 0; t < callers; t++) {
                Thread.ofPlatform()
                        .start(() -> {
                            for (int i = 0; i < each; i++) {
                                var wait =
                                        new Wait(
                                                ids.incrementAndGet(),
                                                Thread.currentThread(),
                                                new AtomicBoolean());
                                queue.add(wait);
                                java.util.concurrent.locks.LockSupport.unpark(writer);
                                while (!wait.done().get()) {
                                    java.util.concurrent.locks.LockSupport.park();
                                }
                            }
                            done.countDown();
                        });
            }
            done.await();
            print("bare group commit, %d callers".formatted(callers), each * callers, since);
            running.set(false);
            java.util.concurrent.locks.LockSupport.unpark(writer);
            writer.join();
        }
    }
}
