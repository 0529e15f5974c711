package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.store.Ending;

import org.junit.jupiter.api.Test;

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
}
