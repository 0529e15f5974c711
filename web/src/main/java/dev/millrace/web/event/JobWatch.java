package dev.millrace.web.event;

import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;
import dev.millrace.web.job.JobView;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Single jobs under the eyes of clients: each is looked at twice a second, however many watch it. A
 * client gets the job as it stands and again whenever that changes; when the job has ended the
 * stream ends too. Thread-safe.
 */
public final class JobWatch implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration REST = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final JobStore store;
    private final Clock clock;
    private final Subscription.Terms terms;
    private final int mostJobs;
    private final int mostClients;
    private final Hiding hiding;
    private final Service poller;
    private final Map<Long, Watched> watched = new LinkedHashMap<>();
    private boolean closed;

    private static final class Watched {
        private final List<Subscription> clients = new ArrayList<>();
        private @Nullable String lastId;
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
        this.poller = new Service("millrace-watch", Service.On.VIRTUAL, random, this::look);
    }

    /** Starts. */
    public void start() {
        poller.start();
    }

    /**
     * By what a client says that it saw a job as it stands; the same for the same standing.
     *
     * @param job as it was seen
     * @param report what it had left behind
     */
    public static String id(JobSnapshot job, JobReport report) {
        return "%d-%s-%d-%d-%08x"
                .formatted(
                        job.id(),
                        job.state().name().text(),
                        job.attempt(),
                        job.attempts().size(),
                        report.hashCode());
    }

    /**
     * A client's stream of one job.
     *
     * @param lastId the id of the last event it saw, which is not sent again
     * @param who asks, and may see the job
     * @return empty when there are too many, or it is closed
     */
    public Optional<Subscription> subscribe(
            JobSnapshot job, JobReport report, Optional<String> lastId, Who who) {
        long id = job.id();
        synchronized (watched) {
            boolean full = !watched.containsKey(id) && watched.size() >= mostJobs;
            if (closed || full) {
                return Optional.empty();
            }
            var entry = watched.computeIfAbsent(id, each -> new Watched());
            if (entry.clients.size() >= mostClients) {
                return Optional.empty();
            }
            var mine = new ArrayList<Subscription>(1);
            var client =
                    new Subscription(
                            terms,
                            Subscription.Reach.checked(who),
                            () -> leave(id, mine.getFirst()));
            mine.add(client);
            Event now = event(job, report);
            if (entry.lastId == null) {
                entry.lastId = now.id();
            }
            if (lastId.filter(now.id()::equals).isEmpty()) {
                client.add(now);
            }
            if (job.state().isEnded()) {
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

    private Duration look() {
        List<Long> ids;
        synchronized (watched) {
            ids = List.copyOf(watched.keySet());
        }
        if (ids.isEmpty()) {
            return REST;
        }
        for (long id : ids) {
            Optional<JobSnapshot> job = store.find(id);
            JobReport report = job.isEmpty() ? JobReport.NONE : store.reports().look(id);
            synchronized (watched) {
                var entry = watched.get(id);
                if (entry != null) {
                    job.ifPresentOrElse(
                            found -> seen(entry, found, report),
                            () -> entry.clients.forEach(Subscription::end));
                }
            }
        }
        return LOOK;
    }

    private void seen(Watched entry, JobSnapshot job, JobReport report) {
        Event now = event(job, report);
        if (!now.id().equals(entry.lastId)) {
            entry.lastId = now.id();
            entry.clients.forEach(client -> client.add(now));
        }
        if (job.state().isEnded()) {
            entry.clients.forEach(Subscription::end);
        }
    }

    private Event event(JobSnapshot job, JobReport report) {
        var view = new JobView(clock.instant(), List.of()).hiding(hiding);
        return new Event(
                        id(job, report),
                        "job",
                        view.json(job, report).without("payload").without("waiting").toString())
                .about("job");
    }
}
