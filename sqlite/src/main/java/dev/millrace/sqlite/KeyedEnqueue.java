package dev.millrace.sqlite;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.sqlite.Keys.Holder;
import dev.millrace.sqlite.Keys.Name;
import dev.millrace.sqlite.SqliteWriter.Operation;
import dev.millrace.store.Accepted;
import dev.millrace.store.Accepted.How;
import dev.millrace.store.KeyHold;
import dev.millrace.store.KeyHold.Scope;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;

import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Accepts jobs of which some hold keys. Who holds the keys is read in a few statements; then it is
 * decided job by job, in memory, as nobody else writes meanwhile; and what was accepted is written
 * in a few statements. Only a job that may take another's place has to look for that one.
 *
 * @param jobs their ids are fresh unless {@code resend}
 * @param resend jobs that are there already are answered as accepted
 */
record KeyedEnqueue(List<NewJob> jobs, boolean resend) implements Operation<List<Accepted>> {

    @Override
    public List<Accepted> run(Transaction transaction) throws SQLException {
        return new Run(transaction).all();
    }

    /** One run, since an operation may run more than once. */
    private final class Run {
        private final Transaction transaction;
        private final Session session;
        private final Map<Name, Holder> holders = new HashMap<>();
        private final Map<Name, Holder> changed = new LinkedHashMap<>();
        private final List<NewJob> accepted = new ArrayList<>();
        private final Set<Long> fresh = new HashSet<>();

        private Run(Transaction transaction) {
            this.transaction = transaction;
            this.session = transaction.session();
        }

        private List<Accepted> all() throws SQLException {
            for (var scope : Scope.values()) {
                holders.putAll(Keys.look(session, scope, keys(scope)));
            }
            var answers = new ArrayList<Accepted>(jobs.size());
            for (var job : jobs) {
                answers.add(one(job));
            }
            write();
            return answers;
        }

        private List<String> keys(Scope scope) {
            return jobs.stream()
                    .flatMap(job -> job.holds().stream())
                    .filter(hold -> hold.scope() == scope)
                    .map(KeyHold::key)
                    .distinct()
                    .toList();
        }

        private Accepted one(NewJob job) throws SQLException {
            if (resend && Bodies.findBare(session, job.id()) != null) {
                return new Accepted(job.id(), How.NEW);
            }
            var request = hold(job, Scope.IDEMPOTENCY);
            if (request != null) {
                var first = holder(request, job.createdAt());
                if (first != null) {
                    return again(job, request, first);
                }
            }
            var unique = hold(job, Scope.UNIQUE);
            if (unique != null) {
                var other = holder(unique, job.createdAt());
                if (other != null && other.jobId() != job.id() && holdsStill(other)) {
                    return conflict(job, unique, other.jobId());
                }
            }
            return accept(job, How.NEW);
        }

        private static Accepted again(NewJob job, KeyHold request, Holder first) {
            if (!first.fingerprint().equals(request.fingerprint())) {
                return new Accepted(first.jobId(), How.CONFLICT);
            }
            return new Accepted(first.jobId(), first.jobId() == job.id() ? How.NEW : How.DUPLICATE);
        }

        private Accepted conflict(NewJob job, KeyHold unique, long holder) throws SQLException {
            if (unique.onConflict() == OnConflict.KEEP) {
                return duplicate(job, holder);
            }
            write(); // the holder may be among those accepted just now
            var body = Bodies.findBare(session, holder);
            if (body != null && !body.lane().queue().equals(job.queue())) {
                return duplicate(job, holder);
            }
            var place = body == null ? null : Places.ifReadable(session, body);
            if (body == null || place == null) {
                return accept(job, How.NEW);
            }
            var waiting = new Waiting(transaction);
            var why = ErrorInfo.reason("cancelled", "replaced by job " + job.id());
            if (!waiting.end(body, place, Attempt.End.CANCELLED, why, job.createdAt())) {
                return accept(job, How.NEW);
            }
            waiting.flush();
            return accept(
                    unique.onConflict() == OnConflict.DEBOUNCE ? job : due(job, place.state()),
                    How.REPLACED);
        }

        /** The key stays; an idempotency key comes to stand for its holder. */
        private Accepted duplicate(NewJob job, long holder) {
            var request = hold(job, Scope.IDEMPOTENCY);
            if (request != null) {
                take(request, holder);
            }
            return new Accepted(holder, How.DUPLICATE);
        }

        private Accepted accept(NewJob job, How how) {
            accepted.add(job);
            fresh.add(job.id());
            for (var hold : job.holds()) {
                take(hold, job.id());
            }
            return new Accepted(job.id(), how);
        }

        private void take(KeyHold hold, long job) {
            Instant until = hold.until();
            var holder =
                    new Holder(
                            job, until == null ? null : Moments.micros(until), hold.fingerprint());
            holders.put(Name.of(hold), holder);
            changed.put(Name.of(hold), holder);
        }

        private @Nullable Holder holder(KeyHold hold, Instant now) {
            var holder = holders.get(Name.of(hold));
            return holder != null && holder.holdsAt(Moments.micros(now)) ? holder : null;
        }

        /** A row may outlive a job that a process of an older schema ended. */
        private boolean holdsStill(Holder other) throws SQLException {
            return other.until() != null
                    || fresh.contains(other.jobId())
                    || Keys.isLive(session, other.jobId());
        }

        private void write() throws SQLException {
            Keys.hold(session, List.copyOf(changed.entrySet()));
            changed.clear();
            new Enqueue(List.copyOf(accepted), false).run(transaction);
            accepted.clear();
        }
    }

    private static @Nullable KeyHold hold(NewJob job, Scope scope) {
        for (var hold : job.holds()) {
            if (hold.scope() == scope) {
                return hold;
            }
        }
        return null;
    }

    /** The job, due when the one whose place it takes was. */
    private static NewJob due(NewJob job, JobState replaced) {
        return new NewJob(
                job.id(),
                job.queue(),
                job.kind(),
                job.version(),
                job.priority(),
                job.payload(),
                job.maxAttempts(),
                job.retry(),
                job.tags(),
                job.createdAt(),
                replaced instanceof JobState.Scheduled scheduled ? scheduled.runAt() : null,
                job.terms(),
                job.holds(),
                job.durability());
    }
}
