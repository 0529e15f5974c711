package dev.millrace.postgres;

import dev.millrace.job.Attempt;
import dev.millrace.job.KindVersion;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.NewJob;
import dev.millrace.store.WorkerInfo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The store's hot paths beside bare loops, without the engine: {@code MILLRACE_TEST_POSTGRES=… java
 * … BareBench [jobs]}. Not a test; prints one line per scenario.
 */
final class BareBench {
    private static final KindVersion KIND = new KindVersion("bench.noop", 1);
    private static final String PAYLOAD = "{\"n\":123456}";

    private final String url = TestServer.freshUrl();
    private final PostgresStore store = PostgresStore.at(url);
    private final AtomicLong claimIds = new AtomicLong();

    public static void main(String[] args) throws Exception {
        int jobs = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        var bench = new BareBench();
        boolean drainsOnly = args.length > 1 && args[1].equals("drain");
        for (int round = 0; round < 3; round++) {
            if (drainsOnly) {
                bench.drain(jobs);
                continue;
            }
            bench.singles(500);
            bench.bulk(jobs);
            bench.inTransaction(500);
            bench.drain(jobs);
        }
        bench.store.close();
    }

    private interface Work {
        void run() throws Exception;
    }

    private double rate(int n, Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        return n / ((System.nanoTime() - start) / 1e9);
    }

    private Connection connect() throws SQLException {
        return StoreUrl.parse(url).source().getConnection();
    }

    private void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(StoreUrl.parse(url).schema().in(sql));
        }
    }

    private long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(StoreUrl.parse(url).schema().in(sql))) {
            row.next();
            return row.getLong(1);
        }
    }

    private NewJob job(long id) {
        return new NewJob(
                id, "q", KIND.kind(), 1, 4, PAYLOAD, 10, null, List.of(), Instant.now(), null);
    }

    private List<NewJob> jobs(int n) {
        long first = store.reserveIds(n).first();
        var jobs = new ArrayList<NewJob>(n);
        for (int i = 0; i < n; i++) {
            jobs.add(job(first + i));
        }
        return jobs;
    }

    private static final String PLAIN =
            "insert into {schema}.plain (id, queue, kind, payload, at) values (?, ?, ?, ?, now())";

    private void plainTable(Connection connection) throws SQLException {
        execute(
                connection,
                """
                drop table if exists {schema}.plain;
                create table {schema}.plain (id bigint primary key, queue text not null,
                    kind text not null, payload text not null, at timestamptz not null)
                """);
    }

    private void plainInsert(Connection connection, long first, int n, boolean batch)
            throws SQLException {
        try (var statement = Sql.prepare(connection, StoreUrl.parse(url).schema().in(PLAIN))) {
            for (int i = 0; i < n; i++) {
                statement.setLong(1, first + i);
                statement.setString(2, "q");
                statement.setString(3, "bench.noop");
                statement.setString(4, PAYLOAD);
                if (batch) {
                    statement.addBatch();
                } else {
                    statement.executeUpdate();
                }
            }
            if (batch) {
                statement.executeBatch();
            }
        }
    }

    /** Runs both in turns, so that a disturbance hits both; reports the medians of the turns. */
    private void inTurns(String what, int n, Turn bare, Turn ours) throws Exception {
        int turns = 15;
        var barely = new double[turns];
        var rates = new double[turns];
        for (int t = 0; t < turns; t++) {
            int at = t * n;
            barely[t] = rate(n, () -> bare.run(at));
            rates[t] = rate(n, () -> ours.run(at));
        }
        java.util.Arrays.sort(barely);
        java.util.Arrays.sort(rates);
        report(what, rates[turns / 2], barely[turns / 2]);
    }

    private interface Turn {
        void run(int at) throws Exception;
    }

    void singles(int n) throws Exception {
        try (var connection = connect()) {
            plainTable(connection);
            var jobs = jobs(n * 15);
            inTurns(
                    "enqueue 1 thread",
                    n,
                    at -> plainInsert(connection, at, n, false),
                    at -> {
                        for (NewJob job : jobs.subList(at, at + n)) {
                            store.enqueue(List.of(job), false);
                        }
                    });
        }
    }

    void bulk(int n) throws Exception {
        try (var connection = connect()) {
            plainTable(connection);
            connection.setAutoCommit(false);
            double bare =
                    rate(
                            n,
                            () -> {
                                for (int at = 0; at < n; at += 1000) {
                                    plainInsert(connection, at, 1000, true);
                                    connection.commit();
                                }
                            });
            var jobs = jobs(n);
            double ours =
                    rate(
                            n,
                            () -> {
                                for (int at = 0; at < n; at += 1000) {
                                    store.enqueue(jobs.subList(at, at + 1000), false);
                                }
                            });
            report("enqueue bulk of 1000", ours, bare);
        }
    }

    void inTransaction(int n) throws Exception {
        try (var connection = connect()) {
            plainTable(connection);
            connection.setAutoCommit(false);
            var jobs = jobs(n * 15);
            inTurns(
                    "enqueue in caller's tx",
                    n,
                    at -> {
                        for (int i = 0; i < n; i++) {
                            plainInsert(connection, at + i, 1, false);
                            connection.commit();
                        }
                    },
                    at -> {
                        for (NewJob job : jobs.subList(at, at + n)) {
                            store.enqueue(connection, List.of(job));
                            connection.commit();
                        }
                    });
        }
    }

    void drain(int n) throws Exception {
        var all = jobs(n);
        for (int at = 0; at < n; at += 1000) {
            store.enqueue(all.subList(at, at + 1000), false);
        }
        try (var connection = connect()) {
            long worker =
                    store.register(new WorkerInfo("bench", "1", Map.of("q", 1), Instant.now()));
            int total = (int) number(connection, "select count(*) from {schema}.available");
            long wal = number(connection, "select pg_current_wal_insert_lsn() - '0/0'");
            long transactions =
                    number(
                            connection,
                            "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
            double cpu = serverCpuMicros();
            double ours = rate(total, () -> drain(worker, total));
            cpu = serverCpuMicros() - cpu;
            wal = number(connection, "select pg_current_wal_insert_lsn() - '0/0'") - wal;
            transactions =
                    number(
                                    connection,
                                    "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
                            - transactions;
            store.deregister(worker);
            execute(
                    connection,
                    """
                    drop table if exists {schema}.bare;
                    create table {schema}.bare (id bigint primary key, payload text);
                    insert into {schema}.bare select g, '%s' from generate_series(1, %d) g
                    """
                            .formatted(PAYLOAD, n));
            double bareCpu = serverCpuMicros();
            double bare = rate(n, this::bareDrain);
            bareCpu = serverCpuMicros() - bareCpu;
            report("drain", ours, bare);
            System.out.printf(
                    "    %.1f us of server CPU per job, bare %.1f%n", cpu / total, bareCpu / n);
            System.out.printf(
                    "    %d bytes of WAL, %.4f transactions per job%n",
                    wal / total, transactions / (double) total);
        }
    }

    /** What all processes named postgres on this machine have used. Linux only; else zero. */
    private static double serverCpuMicros() throws Exception {
        long ticks = 0;
        var proc = Path.of("/proc");
        if (!Files.isDirectory(proc)) {
            return 0;
        }
        try (var entries = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path entry : entries) {
                try {
                    String stat = Files.readString(entry.resolve("stat"));
                    if (stat.contains("(postgres)")) {
                        String[] parts = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                        for (int i = 11; i <= 14; i++) {
                            ticks += Long.parseLong(parts[i]);
                        }
                    }
                } catch (IOException gone) {
                    continue;
                }
            }
        }
        return ticks * 10_000.0;
    }

    private void bareDrain() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            var runs = new ArrayList<Future<?>>();
            for (int t = 0; t < 4; t++) {
                runs.add(
                        threads.submit(() -> {
                            try (var connection = connect();
                                    var statement =
                                            Sql.prepare(
                                                    connection,
                                                    StoreUrl.parse(url)
                                                            .schema()
                                                            .in(
                                                                    """
                                                                    delete from {schema}.bare where id = any (array(
                                                                        select id from {schema}.bare order by id limit 1000
                                                                        for update skip locked)) returning id, payload
                                                                    """))) {
                                int n;
                                do {
                                    n = 0;
                                    try (var rows = statement.executeQuery()) {
                                        while (rows.next()) {
                                            n++;
                                        }
                                    }
                                } while (n > 0);
                            }
                            return true;
                        }));
            }
            for (var run : runs) {
                run.get();
            }
        }
    }

    private void drain(long worker, int n) throws Exception {
        BlockingQueue<List<ClaimedJob>> taken = new ArrayBlockingQueue<>(4);
        var left = new AtomicInteger(n);
        var done = new CountDownLatch(n);
        try (var threads = Executors.newFixedThreadPool(4)) {
            var runs = new ArrayList<Future<?>>();
            for (int t = 0; t < 2; t++) {
                runs.add(
                        threads.submit(() -> {
                            boolean sweep = false;
                            while (left.get() > 0) {
                                var jobs = claim(worker, sweep);
                                sweep = jobs.isEmpty();
                                left.addAndGet(-jobs.size());
                                if (!jobs.isEmpty()) {
                                    taken.put(jobs);
                                }
                            }
                            return true;
                        }));
                runs.add(
                        threads.submit(() -> {
                            while (done.getCount() > 0) {
                                var jobs =
                                        taken.poll(20, java.util.concurrent.TimeUnit.MILLISECONDS);
                                if (jobs != null) {
                                    complete(worker, jobs);
                                    jobs.forEach(j -> done.countDown());
                                }
                            }
                            return true;
                        }));
            }
            for (var run : runs) {
                run.get();
            }
        }
    }

    private List<ClaimedJob> claim(long worker, boolean sweep) {
        return store.claim(
                new ClaimRequest(
                        worker,
                        claimIds.incrementAndGet(),
                        "q",
                        Set.of(KIND),
                        1000,
                        sweep,
                        Instant.now()));
    }

    private void complete(long worker, List<ClaimedJob> jobs) {
        var now = Instant.now();
        var endings = new ArrayList<Ending>(jobs.size());
        for (ClaimedJob job : jobs) {
            endings.add(
                    new Ending(
                            job.id(),
                            job.claimId(),
                            worker,
                            job.attempt(),
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

    private static void report(String what, double ours, double bare) {
        System.out.printf("%-24s %9.0f/s  bare %9.0f/s  x%.2f%n", what, ours, bare, ours / bare);
    }
}
