package dev.millrace.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.JobBody;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Running;
import dev.millrace.benchmarks.harness.Session;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.LongStream;

/**
 * The least PostgreSQL must do: one table with one index, no attempts, no lease, no history. A job
 * lost between claim and body stays lost, so this is a limit and not a rival.
 */
public final class PostgresLoops implements Contender {
    static final String TABLE =
            """
            CREATE TABLE job (
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              number bigint NOT NULL,
              payload text NOT NULL)\
            """;

    private static final int BATCH = 1000;
    private static final int CLAIMERS = 4;
    private static final String INSERT = "INSERT INTO job (number, payload) VALUES (?, ?)";
    private static final String INSERT_MANY =
            "INSERT INTO job (number, payload) SELECT * FROM unnest(?::bigint[], ?::text[])";
    private static final String CLAIM =
            """
            WITH claimed AS MATERIALIZED (
              SELECT id FROM job ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)
            DELETE FROM job USING claimed WHERE job.id = claimed.id
            RETURNING job.number, job.payload\
            """;
    private static final String UNFINISHED = "SELECT count(*) FROM job";

    @Override
    public String name() {
        return "limit-postgres";
    }

    @Override
    public String settings() {
        return "bare JDBC: prepared single-row INSERT in autocommit, a connection per thread; bulk"
                + " as unnest inserts of 1000 rows over one connection; drain as one claim + delete"
                + " statement of 1000 rows over 4 connections (FOR UPDATE SKIP LOCKED)";
    }

    @Override
    public Engine engine() {
        return Engine.POSTGRES;
    }

    @Override
    public Set<Offer> offers() {
        return Set.of(Offer.ENQUEUE, Offer.BULK, Offer.IN_TRANSACTION, Offer.WORK);
    }

    @Override
    public int drainSlots() {
        return CLAIMERS;
    }

    @Override
    public void prepare(Place place) throws SQLException {
        Sql.execute(place, TABLE);
    }

    @Override
    public Session open(Place place, int callers) throws SQLException {
        var pool = place.pool(callers);
        var lanes = new ArrayBlockingQueue<Lane>(callers);
        for (int i = 0; i < callers; i++) {
            var connection = pool.getConnection();
            lanes.add(new Lane(connection, connection.prepareStatement(INSERT)));
        }
        return new Open(place, pool, lanes);
    }

    private record Lane(Connection connection, PreparedStatement insert) {}

    private record Open(Place place, HikariDataSource pool, BlockingQueue<Lane> lanes)
            implements Session {
        @Override
        public void enqueue(long number) throws SQLException, InterruptedException {
            var lane = lanes.take();
            try {
                insert(lane.insert(), number);
            } finally {
                lanes.add(lane);
            }
        }

        @Override
        public void enqueue(Connection transaction, long number) throws SQLException {
            try (var insert = transaction.prepareStatement(INSERT)) {
                insert(insert, number);
            }
        }

        @Override
        public void enqueueAll(LongStream numbers) throws SQLException, InterruptedException {
            var lane = lanes.take();
            try (var insert = lane.connection().prepareStatement(INSERT_MANY)) {
                PrimitiveIterator.OfLong each = numbers.iterator();
                while (each.hasNext()) {
                    insertBatch(lane.connection(), insert, each);
                }
            } finally {
                lanes.add(lane);
            }
        }

        @Override
        public Running work(int slots, JobBody body) {
            var claimers = new ArrayList<Thread>();
            for (int i = 0; i < slots; i++) {
                claimers.add(Thread.ofPlatform().start(() -> drain(body)));
            }
            return () -> join(claimers);
        }

        @Override
        public long unfinished() throws SQLException {
            return Sql.number(place, UNFINISHED);
        }

        @Override
        public void close() {
            pool.close();
        }

        private void drain(JobBody body) {
            try (var pool = place.pool(1);
                    var connection = pool.getConnection();
                    var claim = connection.prepareStatement(CLAIM)) {
                int claimed;
                do {
                    claimed = 0;
                    try (var rows = claim.executeQuery()) {
                        while (rows.next()) {
                            rows.getString(2);
                            body.run(rows.getLong(1));
                            claimed++;
                        }
                    }
                } while (claimed > 0);
            } catch (SQLException e) {
                throw new IllegalStateException("a claim loop failed", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static void insert(PreparedStatement insert, long number) throws SQLException {
            insert.setLong(1, number);
            insert.setString(2, Session.payload(number));
            insert.executeUpdate();
        }

        private static void insertBatch(
                Connection connection, PreparedStatement insert, PrimitiveIterator.OfLong each)
                throws SQLException {
            var numbers = new ArrayList<Long>(BATCH);
            var payloads = new ArrayList<String>(BATCH);
            while (numbers.size() < BATCH && each.hasNext()) {
                long number = each.nextLong();
                numbers.add(number);
                payloads.add(Session.payload(number));
            }
            insert.setArray(1, connection.createArrayOf("bigint", numbers.toArray()));
            insert.setArray(2, connection.createArrayOf("text", payloads.toArray()));
            insert.executeUpdate();
        }

        private static void join(List<Thread> threads) {
            for (var thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}
