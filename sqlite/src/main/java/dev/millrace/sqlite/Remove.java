package dev.millrace.sqlite;

import dev.millrace.job.JobState;
import dev.millrace.sqlite.SqliteWriter.Operation;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Removes jobs that have come to rest, with body, history and reports. Ends early where they left
 * much.
 *
 * @param jobIds few enough for one transaction, each once
 */
record Remove(List<Long> jobIds) implements Operation<Remove.Done> {
    private static final String BODY = "DELETE FROM job WHERE id = ?";
    private static final String HISTORY = "DELETE FROM history WHERE job_id = ?";
    private static final String DISCARDED = "DELETE FROM discarded WHERE job_id = ?";

    /**
     * What was done.
     *
     * @param looked how many of the jobs were looked at, the first ones; the others were left
     */
    record Done(int looked, Map<Long, JobState.Name> found) {}

    @Override
    public Done run(Transaction transaction) throws SQLException {
        var session = transaction.session();
        var sweep = new ReportRows.Sweep(session);
        var found = new TreeMap<Long, JobState.Name>();
        int looked = 0;
        for (long id : jobIds) {
            if (sweep.isFull()) {
                break;
            }
            looked++;
            var body = Bodies.findBare(session, id);
            var place = body == null ? null : Places.ifReadable(session, body);
            if (place == null) {
                continue;
            }
            found.put(id, place.state().name());
            if (place.state().isEnded()) {
                sweep.run(id, id);
                session.update(BODY, id);
                session.update(HISTORY, id);
                if (place.state() instanceof JobState.Discarded) {
                    session.update(DISCARDED, id);
                }
            }
        }
        return new Done(looked, found);
    }
}
