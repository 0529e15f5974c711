package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.benchmarks.harness.Session;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;

import javax.sql.DataSource;

/** Transactions that store an order of the application and enqueue a job, or neither. */
public record InTransaction(int callers) implements Scenario {
    private static final String ORDERS =
            "CREATE TABLE orders (id bigint PRIMARY KEY, person text NOT NULL)";
    private static final String ORDER = "INSERT INTO orders (id, person) VALUES (?, ?)";

    @Override
    public String name() {
        return "transaction-" + callers;
    }

    @Override
    public String explains() {
        return callers
                + (callers == 1 ? " thread commits" : " threads commit")
                + " one transaction after another, each inserting a row of the application and"
                + " enqueuing a job on the same connection.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.IN_TRANSACTION);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var place = rig.place(contender);
        rig.settle(place);
        try {
            return measured(contender, rig, place);
        } finally {
            rig.discard(place);
        }
    }

    private Figures measured(Contender contender, Rig rig, Place place) throws Exception {
        try (var pool = place.pool(1);
                var connection = pool.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(ORDERS);
        }
        transactions(contender, place, Duration.ofSeconds(1), 0);
        var meter = rig.meter(place);
        var seconds = Duration.ofSeconds(rig.options().seconds());
        meter.start();
        var result = transactions(contender, place, seconds, 1_000_000_000L);
        meter.stop();
        return new Figures()
                .put("jobs/s", result.calls() / (double) seconds.toSeconds())
                .percentiles(result.nanos())
                .putAll(meter.figures(result.calls()));
    }

    private Callers.Result transactions(
            Contender contender, Place place, Duration duration, long first) throws Exception {
        try (var session = contender.open(place, callers);
                var pool = place.pool(callers)) {
            var before = session.unfinished();
            var result =
                    Callers.run(
                            callers, duration, number -> transaction(session, pool, number), first);
            var stored = session.unfinished() - before;
            if (stored != result.calls()) {
                throw new IllegalStateException(
                        "expected %d stored jobs, got %d".formatted(result.calls(), stored));
            }
            return result;
        }
    }

    private static void transaction(Session session, DataSource pool, long number)
            throws Exception {
        try (var connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            order(connection, number);
            session.enqueue(connection, number);
            connection.commit();
        }
    }

    private static void order(Connection connection, long number) throws SQLException {
        try (var statement = connection.prepareStatement(ORDER)) {
            statement.setLong(1, number);
            statement.setString(2, "person " + number);
            statement.executeUpdate();
        }
    }
}
