package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.BenchServer;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Set;

/** The drain while another session's transaction, begun before the fill, stays open. */
public record DrainBesideTransaction() implements Scenario {
    @Override
    public String name() {
        return "beside-open-transaction";
    }

    @Override
    public String explains() {
        return "The whole drain while a transaction with a snapshot, begun before the jobs were"
                + " stored, stays open, so that no dead row can be removed; compare with drain.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.WORK, Offer.BULK);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = contender.share(rig.options().jobs());
        Drain.warmUp(contender, rig, jobs);
        var place = rig.place(contender);
        rig.settle(place);
        // Dead rows are kept for snapshots of the same database only, so it must be this one.
        var held =
                place.engine() == Engine.POSTGRES
                        ? DriverManager.getConnection(
                                place.target() + "&ApplicationName=" + BenchServer.BYSTANDER)
                        : DriverManager.getConnection("jdbc:sqlite:" + place.file());
        try {
            hold(held, place);
            Drain.fill(contender, place, jobs);
            return Drain.drain(contender, rig, place, jobs);
        } finally {
            held.rollback();
            held.close();
            rig.discard(place);
        }
    }

    private static void hold(Connection connection, Place place) throws SQLException {
        connection.setAutoCommit(false);
        if (place.engine() == Engine.POSTGRES) {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        }
        try (var statement = connection.createStatement()) {
            statement.executeQuery(
                    place.engine() == Engine.POSTGRES
                            ? "SELECT pg_current_xact_id()"
                            : "SELECT count(*) FROM sqlite_schema");
        }
    }
}
