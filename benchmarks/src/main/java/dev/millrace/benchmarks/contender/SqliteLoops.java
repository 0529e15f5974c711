package dev.millrace.benchmarks.contender;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Running;
import dev.millrace.benchmarks.harness.Session;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.LongStream;

/**
 * The least SQLite must do for a queue: a body row and a position row per job, one writer thread
 * that commits whatever callers handed it meanwhile, and a loop that marks a thousand positions
 * claimed, commits, runs them, deletes them, commits. No attempts, lease or history.
 */
public final class SqliteLoops implements Contender {
    private static final int BATCH = 1000;
    private static final String BODY = "INSERT INTO job (id, payload) VALUES (?, ?)";
    private static final String POSITION = "INSERT INTO available (job_id, claimed) VALUES (?, 0)";
    private static final String CLAIM =
            """
            UPDATE available SET claimed = 1 WHERE pos IN (
              SELECT pos FROM available WHERE claimed = 0 ORDER BY pos LIMIT 1000)
            RETURNING pos, job_id, (SELECT payload FROM job WHERE id = job_id)\
            """;
    private static final String COMPLETE = "DELETE FROM available WHERE pos = ?";

    @Override
    public String name() {
        return "limit-sqlite";
    }

    @Override
    public String settings() {
        return "bare JDBC, WAL, synchronous=FULL: group commit of a body row and a position row per"
                + " job through one writer thread; bulk in transactions of 1000; drain as claim and"
                + " complete in two transactions per 1000";
    }

    @Override
    public Engine engine() {
        return Engine.SQLITE;
    }

    @Override
    public Set<Offer> offers() {
        return Set.of(Offer.ENQUEUE, Offer.BULK, Offer.WORK);
    }

    @Override
    public int drainSlots() {
        return 1;
    }

    @Override
    public void prepare(Place place) throws SQLException {
        Sql.execute(place, "PRAGMA journal_mode = WAL");
        Sql.execute(place, "CREATE TABLE job (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)");
        Sql.execute(
                place,
                "CREATE TABLE available (pos INTEGER PRIMARY KEY AUTOINCREMENT,"
                        + " job_id INTEGER NOT NULL, claimed INTEGER NOT NULL)");
    }

    @Override
    public Session open(Place place, int callers) throws SQLException {
        return new Open(place);
    }

    /** The one writer: a thread, a connection, and what callers handed over meanwhile. */
    private static final class Open implements Session {
        private final Place place;
        private final Connection connection;
        private final PreparedStatement body;
        private final PreparedStatement position;
        private final LinkedBlockingQueue<Request> requests = new LinkedBlockingQueue<>();
        private @Nullable Thread writer;

        private record Request(long number, CompletableFuture<Void> receipt) {}

        Open(Place place) throws SQLException {
            this.place = place;
            this.connection = DriverManager.getConnection("jdbc:sqlite:" + place.file());
            try (var statement = connection.createStatement()) {
                statement.execute("PRAGMA synchronous = FULL");
            }
            connection.setAutoCommit(false);
            this.body = connection.prepareStatement(BODY);
            this.position = connection.prepareStatement(POSITION);
        }

        @Override
        public void enqueue(long number) {
            startWriter();
            var request = new Request(number, new CompletableFuture<>());
            requests.add(request);
            request.receipt().join();
        }

        @Override
        public void enqueueAll(LongStream numbers) throws SQLException {
            var batch = new ArrayList<Long>(BATCH);
            var each = numbers.iterator();
            while (each.hasNext()) {
                batch.add(each.next());
                if (batch.size() == BATCH || !each.hasNext()) {
                    insert(batch);
                    batch.clear();
                }
            }
        }

        @Override
        public Running work(int slots, JobBody job) {
            var thread = Thread.ofPlatform().start(() -> drain(job));
            return () -> join(thread);
        }

        @Override
        public long unfinished() throws SQLException {
            return Sql.number(place, "SELECT count(*) FROM available");
        }

        @Override
        public void close() {
            try {
                if (writer != null) {
                    writer.interrupt();
                    writer.join();
                }
                connection.close();
            } catch (SQLException e) {
                throw new IllegalStateException("closing the SQLite file failed", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private synchronized void startWriter() {
            if (writer == null) {
                writer = Thread.ofPlatform().name("sqlite-writer").start(this::write);
            }
        }

        private void write() {
            var batch = new ArrayList<Request>();
            try {
                while (true) {
                    batch.add(requests.take());
                    requests.drainTo(batch);
                    insert(batch.stream().map(Request::number).toList());
                    batch.forEach(request -> request.receipt().complete(null));
                    batch.clear();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (SQLException e) {
                batch.forEach(request -> request.receipt().completeExceptionally(e));
            }
        }

        private void insert(List<Long> numbers) throws SQLException {
            for (long number : numbers) {
                body.setLong(1, number);
                body.setString(2, Session.payload(number));
                body.executeUpdate();
                position.setLong(1, number);
                position.executeUpdate();
            }
            connection.commit();
        }

        private void drain(JobBody job) {
            try (var claim = connection.prepareStatement(CLAIM);
                    var complete = connection.prepareStatement(COMPLETE)) {
                var positions = new ArrayList<Long>(BATCH);
                do {
                    positions.clear();
                    var numbers = new ArrayList<Long>(BATCH);
                    try (var rows = claim.executeQuery()) {
                        while (rows.next()) {
                            positions.add(rows.getLong(1));
                            numbers.add(rows.getLong(2));
                            rows.getString(3);
                        }
                    }
                    connection.commit();
                    for (long number : numbers) {
                        job.run(number);
                    }
                    for (long pos : positions) {
                        complete.setLong(1, pos);
                        complete.executeUpdate();
                    }
                    connection.commit();
                } while (!positions.isEmpty());
            } catch (SQLException e) {
                throw new IllegalStateException("the claim loop failed", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static void join(Thread thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
