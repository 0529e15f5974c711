package dev.millrace.sqlite;

import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteWriter.Operation;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Removes jobs that have come to rest, with body and history.
 *
 * @param jobIds few enough for one transaction
 */
record Remove(List<Long> jobIds) implements Operation<Map<Long, JobState.Name>> {
    private static final String BODY = "DELETE FROM job WHERE id = ?";
    private static final String HISTORY = "DELETE FROM history WHERE job_id = ?";
    private static final String DISCARDED = "DELETE FROM discarded WHERE job_id = ?";

    @Override
    public Map<Long, JobState.Name> run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var found = new TreeMap<Long, JobState.Name>();
        for (long id : new TreeSet<>(jobIds)) {
            var body = Bodies.findBare(session, id);
            var place = body == null ? null : Places.ifReadable(session, body);
            if (place == null) {
                continue;
            }
            found.put(id, place.state().name());
            if (place.state().isEnded()) {
                session.update(BODY, id);
                session.update(HISTORY, id);
                if (place.state() instanceof JobState.Discarded) {
                    session.update(DISCARDED, id);
                }
            }
        }
        return found;
    }
}
