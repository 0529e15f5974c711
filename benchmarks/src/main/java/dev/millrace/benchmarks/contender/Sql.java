package dev.millrace.benchmarks.contender;

import dev.millrace.benchmarks.harness.Engine;
import dev.millrace.benchmarks.harness.Place;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Single statements on a connection of their own. */
final class Sql {
    private Sql() {}

    static void execute(Place place, String sql) throws SQLException {
        try (var connection = connect(place);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static long number(Place place, String sql) throws SQLException {
        try (var connection = connect(place);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static Connection connect(Place place) throws SQLException {
        return DriverManager.getConnection(
                place.engine() == Engine.POSTGRES ? place.target() : "jdbc:sqlite:" + place.file());
    }
}
