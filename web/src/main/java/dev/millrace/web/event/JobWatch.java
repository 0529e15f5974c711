package dev.millrace.web.event;

import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.LogLine;
import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobView;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Single jobs under the eyes of clients: all are looked at together twice a second, however many
 * watch them. A client gets the job as it stands and again whenever that changes; when the job has
 * ended the stream ends too. Thread-safe.
 */
public final class JobWatch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration REST = Duration.ofMinutes(1);

    /** A client that comes while its job changes is given what is newest, after so many looks. */
    private static final int MOST_LOOKS = 10;

    /** With all they left behind, so many jobs may be some ten megabytes. */
    private static final int AT_ONCE = 25;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final JobStore store;
    private final Clock clock;
    private final Subscription.Terms terms;
    private final int mostJobs;
    private final int mostClients;
    private final Hiding hiding;
    private final Service poller;
    private final Map<Long, Watched> watched = new LinkedHashMap<>();
    private long looks;
    private boolean closed;

    private static final class Watched {
        private final List<Subscription> clients = new ArrayList<>();
        private long number;
        private boolean ended;
        private String lastId;

        Watched(Sight sight) {
            this.number = sight.number();
            this.ended = sight.isEnded();
            this.lastId = sight.id();
        }
    }

    /**
     * A watch that looks while it has clients.
     *
     * @param terms of every stream
     * @param mostJobs more at once are refused
     * @param mostClients more for one job are refused
     * @param hiding what is not shown of jobs
     */
    public JobWatch(
            JobStore store,
            Clock clock,
            RandomGenerator random,
            Subscription.Terms terms,
            int mostJobs,
            int mostClients,
            Hiding hiding) {
        this.store = store;
        this.clock = clock;
        this.terms = terms;
        this.mostJobs = mostJobs;
        this.mostClients = mostClients;
        this.hiding = hiding;
        this.poller = new Service("millrace-watch", random, this::look);
    }

    /** Starts. */
    public void start() {
        poller.start();
    }

    /**
     * A job as it was seen.
     *
     * @param number of two looks the later one has the larger
     * @param mark stands for what is shown of its report
     */
    public record Sight(long number, JobSnapshot job, JobReport report, int mark) {
        /**
         * By what a client says that it saw a job as it stands; the same for the same standing, in
         * every process.
         */
        public String id() {
            return "%d-%s-%d-%d-%08x"
                    .formatted(
                            job.id(),
                            job.state().name().text(),
                            job.attempt(),
                            job.attempts().size(),
                            mark);
        }

        /** Whether it has come to rest. */
        public boolean isEnded() {
            return job.state().isEnded();
        }
    }

    /** A job as it stands now; empty when there is none. */
    public Optional<Sight> look(long id) {
        return Optional.ofNullable(look(List.of(id)).get(id));
    }

    private Map<Long, Sight> look(List<Long> ids) {
        long number;
        synchronized (watched) {
            // before the look: what is seen is at least as new as any look with a smaller number
            number = ++looks;
        }
        Map<Long, JobSnapshot> jobs = store.find(ids);
        Map<Long, JobReport> reports = store.reports().look(jobs.keySet());
        var sights = new HashMap<Long, Sight>();
        jobs.forEach((id, job) -> {
            JobReport report = reports.getOrDefault(id, JobReport.NONE);
            sights.put(id, new Sight(number, job, report, mark(job, report)));
        });
        return sights;
    }

    /** Says nothing of what is hidden, by which somebody could check what they guess. */
    private int mark(JobSnapshot job, JobReport report) {
        return hiding.covers(job.kind()) ? shown(job, report).hashCode() : mark(report);
    }

    /** Not the report's own: enums have another hash code in each process. */
    private static int mark(JobReport report) {
        int log = 1;
        for (LogLine line : report.log()) {
            log = 31 * log + Objects.hash(line.at(), line.level().code(), line.message());
        }
        return Objects.hash(
                report.progress(),
                report.checkpoint(),
                report.steps(),
                log,
                report.stack(),
                report.waitsFor());
    }

    /**
     * A client's stream of one job.
     *
     * @param sight the job as it was seen; where a later look knows better, that counts
     * @param lastId the id of the last event it saw, which is not sent again
     * @param who asks, and may see the job
     * @return empty when there are too many, or it is closed
     */
    public Optional<Subscription> subscribe(Sight sight, Optional<String> lastId, Who who) {
        Sight newest = sight;
        // a look that was over meanwhile may know better: it is told to the others only
        for (int i = 0; i < MOST_LOOKS && isOld(newest); i++) {
            newest = look(sight.job().id()).orElse(newest);
        }
        return begin(newest, lastId, who);
    }

    private boolean isOld(Sight sight) {
        synchronized (watched) {
            var entry = watched.get(sight.job().id());
            return entry != null
                    && sight.number() < entry.number
                    && !sight.id().equals(entry.lastId);
        }
    }

    private Optional<Subscription> begin(Sight sight, Optional<String> lastId, Who who) {
        long id = sight.job().id();
        synchronized (watched) {
            boolean full = !watched.containsKey(id) && watched.size() >= mostJobs;
            if (closed || full) {
                return Optional.empty();
            }
            var entry = watched.computeIfAbsent(id, any -> new Watched(sight));
            if (entry.clients.size() >= mostClients) {
                return Optional.empty();
            }
            seen(entry, sight);
            var mine = new ArrayList<Subscription>(1);
            var client =
                    new Subscription(
                            terms,
                            Subscription.Reach.checked(who),
                            () -> leave(id, mine.getFirst()));
            mine.add(client);
            if (lastId.filter(sight.id()::equals).isEmpty()) {
                client.add(event(sight));
            }
            if (entry.ended) {
                client.end();
            }
            entry.clients.add(client);
            poller.wake();
            return Optional.of(client);
        }
    }

    private void leave(long id, Subscription client) {
        synchronized (watched) {
            var entry = watched.get(id);
            if (entry != null && entry.clients.remove(client) && entry.clients.isEmpty()) {
                watched.remove(id);
            }
        }
    }

    /** Streams there are. */
    public int clients() {
        synchronized (watched) {
            return watched.values().stream().mapToInt(each -> each.clients.size()).sum();
        }
    }

    /** Ends every stream. */
    @Override
    public void close() {
        synchronized (watched) {
            closed = true;
            watched.values().forEach(each -> each.clients.forEach(Subscription::end));
        }
        try {
            poller.stop(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Duration look() {
        List<Long> ids;
        synchronized (watched) {
            ids = List.copyOf(watched.keySet());
        }
        if (ids.isEmpty()) {
            return REST;
        }
        for (int from = 0; from < ids.size(); from += AT_ONCE) {
            List<Long> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
            Map<Long, Sight> sights = look(some);
            synchronized (watched) {
                some.forEach(id -> told(id, sights.get(id)));
            }
        }
        return LOOK;
    }

    private void told(long id, @Nullable Sight sight) {
        var entry = watched.get(id);
        if (entry == null) {
            return;
        }
        if (sight == null) {
            entry.clients.forEach(Subscription::end);
        } else {
            seen(entry, sight);
        }
    }

    /** What is older than what is known is no news. */
    private void seen(Watched entry, Sight sight) {
        if (sight.number() < entry.number) {
            return;
        }
        entry.number = sight.number();
        entry.ended = sight.isEnded();
        if (!entry.lastId.equals(sight.id())) {
            Event now = event(sight);
            entry.lastId = now.id();
            entry.clients.forEach(client -> client.add(now));
        }
        if (sight.isEnded()) {
            entry.clients.forEach(Subscription::end);
        }
    }

    private Event event(Sight sight) {
        return new Event(sight.id(), "job", shown(sight.job(), sight.report())).about("job");
    }

    private String shown(JobSnapshot job, JobReport report) {
        return new JobView(clock.instant(), List.of())
                .hiding(hiding)
                .json(job, report)
                .without("payload")
                .without("waiting")
                .toString();
    }
}
