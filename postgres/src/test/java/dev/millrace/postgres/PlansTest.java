package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.store.Ending;

import org.junit.jupiter.api.Test;
import org.postgresql.PGStatement;

import java.sql.Connection;
import java.sql.SQLException;

/** What plans are made by, as far as the schema decides it. */
class PlansTest extends StoreTest {

    /**
     * A table without pages is planned to be walked from end to end, and a plan outlives the moment
     * at which it was made: claims were a hundred times slower when a burst followed a vacuum.
     */
    @Test
    void tablesThatAreEmptyAtTimesKeepTheirPagesWhenTheyAreVacuumed() throws SQLException {
        store.enqueue(jobs(100, KIND, 4), false);
        long worker = worker();
        var claimed = claim(worker, 200, true);
        store.complete(
                claimed.stream()
                        .map(job ->
                                ending(
                                        job,
                                        worker,
                                        Attempt.End.COMPLETED,
                                        new Ending.Next.Finished()))
                        .toList());
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement()) {
            var schema = url.substring(url.indexOf("schema=") + "schema=".length());
            for (var table : new String[] {"available", "running"}) {
                var name = schema + "." + table;
                statement.execute("vacuum " + name);
                try (var row =
                        statement.executeQuery(
                                "select count(*), pg_relation_size('%s') from %s"
                                        .formatted(name, name))) {
                    row.next();
                    assertThat(row.getLong(1)).as("rows of %s", table).isZero();
                    assertThat(row.getLong(2)).as("bytes of %s", table).isPositive();
                }
            }
        }
    }

    /** A plan made anew costs several times what a short batch does. */
    @Test
    void completionsOfOneJobAreNotPlannedAtEachCall() throws SQLException {
        var place = StoreUrl.parse(url);
        var texts = CompletionTexts.of(new Sql(place.source(), place.schema()), "");
        for (var text :
                new String[] {
                    texts.finished(), texts.finishedFreeing(), texts.mixed(), texts.mixedFreeing()
                }) {
            try (var connection = place.source().getConnection();
                    var costs = connection.createStatement()) {
                // as with tables that have grown: a row more or less matters to the planner
                costs.execute("set random_page_cost = 100");
                assertThat(plansMade(connection, text)).as(text).isEqualTo(5);
            }
        }
    }

    private static long plansMade(Connection connection, String text) throws SQLException {
        try (var statement = connection.prepareStatement(text)) {
            statement.unwrap(PGStatement.class).setPrepareThreshold(1);
            var types = statement.getParameterMetaData();
            for (int i = 1; i <= types.getParameterCount(); i++) {
                statement.setObject(i, oneOf(types.getParameterTypeName(i)));
            }
            for (int call = 0; call < 20; call++) {
                statement.execute();
            }
            try (var look = connection.createStatement();
                    var row =
                            look.executeQuery(
                                    "select sum(custom_plans) from pg_prepared_statements"
                                            + " where custom_plans + generic_plans >= 20")) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static Object oneOf(String type) {
        return switch (type) {
            case "int8" -> 0L;
            case "_int8" -> new long[] {0};
            case "_int4" -> new int[] {0};
            case "_int2" -> new short[] {0};
            case "_text" -> new String[] {""};
            default -> throw new IllegalArgumentException("a parameter of type " + type);
        };
    }
}
