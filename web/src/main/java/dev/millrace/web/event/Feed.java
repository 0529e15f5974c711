package dev.millrace.web.event;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.loop.Service;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.store.StoreInfo;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.QueueView;
import dev.millrace.web.job.WorkerView;
import dev.millrace.web.look.Recent;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * What happens in the store, for every client of this process: two looks a second while there is a
 * client, none while there is not, whatever their number. A client gets the queues and workers at
 * once and whenever they change, and the changes of jobs as they are seen: of the {@value
 * #LOOKED_AT} newest jobs, the running ones and those seen alive before. Under more load than that
 * jobs are a sample; the queues' counts are not. Thread-safe.
 */
public final class Feed implements AutoCloseable {
    private static final int LOOKED_AT = 50;
    private static final int MAX_KNOWN = 1_000;

    /** A change reaches screens within a second, also where this look and theirs add up. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private static final Duration REST = Duration.ofMinutes(1);

    /** Streams end every few minutes, and clients come back after seconds. */
    static final Duration MISSED_FOR = Duration.ofMinutes(1);

    /** How much is told of queues in a second, to each client: more of them are told less often. */
    private static final int CHARS_A_SECOND = 512 << 10;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Event GAP =
            Event.told(
                    "",
                    "gap",
                    "{\"reason\":\"what happened since the last event is not known any more\"}");

    /** Where a job stood when it was seen. */
    private record Standing(String queue, String text) {
        boolean isAlive() {
            return text.startsWith("scheduled")
                    || text.startsWith("available")
                    || text.startsWith("running");
        }
    }

    private final JobStore store;
    private final Recent recent;
    private final Clock clock;
    private final Subscription.Terms terms;
    private final int mostClients;
    private final Tallies tallies;
    private final Service poller;
    private final List<Subscription> clients = new ArrayList<>();
    private final Kept kept;
    private final Map<Long, Standing> known = new LinkedHashMap<>();
    private boolean closed;
    private boolean looked;
    private @Nullable Event about;
    private Instant leftAt = Instant.MIN;
    private Instant queuesAgainAt = Instant.MIN;

    /**
     * A feed that looks when the first client comes.
     *
     * @param terms of every stream
     * @param mostClients more are refused
     * @param tallies what ends in this process; told every second, started and closed here
     */
    public Feed(
            JobStore store,
            Recent recent,
            Clock clock,
            RandomGenerator random,
            Subscription.Terms terms,
            int mostClients,
            Tallies tallies) {
        this.store = store;
        this.recent = recent;
        this.clock = clock;
        this.terms = terms;
        this.mostClients = mostClients;
        this.tallies = tallies;
        this.kept = new Kept(Long.toString(random.nextLong() >>> 1, 36));
        this.poller = new Service("millrace-feed", random, this::look);
    }

    /** Starts. */
    public void start() {
        poller.start();
        tallies.start(this::tell);
    }

    /**
     * A client's stream.
     *
     * @param lastId the id of the last event it saw; what was missed is sent again when it is known
     *     still, for a minute after the last client left at least; else it is told of the gap
     * @param who asks; of queues that they may not see they are told nothing
     * @return empty when there are too many clients, or it is closed
     */
    public Optional<Subscription> subscribe(Optional<String> lastId, Who who) {
        synchronized (clients) {
            if (closed || clients.size() >= mostClients) {
                return Optional.empty();
            }
            var mine = new ArrayList<Subscription>(1);
            var client =
                    new Subscription(
                            terms, Subscription.Reach.of(who), () -> leave(mine.getFirst()));
            mine.add(client);
            client.add(tallies.recent());
            Optional<List<Event>> missed = lastId.flatMap(kept::after);
            if (missed.isEmpty()) {
                lastId.ifPresent(id -> client.add(GAP));
                Optional.ofNullable(about).ifPresent(client::add);
            }
            missed.orElseGet(kept::standing).forEach(client::add);
            clients.add(client);
            poller.wake();
            return Optional.of(client);
        }
    }

    /** Not kept: whoever comes back is told the recent ones anyway. */
    private void tell(Event event) {
        synchronized (clients) {
            clients.forEach(client -> client.add(event));
        }
    }

    private void leave(Subscription client) {
        synchronized (clients) {
            if (clients.remove(client) && clients.isEmpty()) {
                leftAt = clock.instant();
            }
        }
    }

    /** Streams there are. */
    public int clients() {
        synchronized (clients) {
            return clients.size();
        }
    }

    /** Ends every stream. */
    @Override
    public void close() {
        synchronized (clients) {
            closed = true;
            clients.forEach(Subscription::end);
        }
        try {
            tallies.stop(PATIENCE);
            poller.stop(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One look; answers how long to rest. */
    Duration look() {
        if (!isWatched()) {
            forget();
            return REST;
        }
        introduce();
        Recent.Seen now = recent.seen();
        var view = new JobView(clock.instant(), now.workers());
        List<JobSnapshot> jobs =
                new ArrayList<>(store.list(JobFilter.all(), LOOKED_AT, null).items());
        var running = new JobFilter(JobState.Name.RUNNING, null, null, null);
        jobs.addAll(store.list(running, LOOKED_AT, null).items());
        jobs.forEach(job -> seen(job));
        endings();
        // last, so that whoever has seen them is told of every job that comes later
        if (!clock.instant().isBefore(queuesAgainAt)) {
            long chars = stands("queues", sees -> queuesJson(now.queues(), view, sees));
            queuesAgainAt = clock.instant().plusMillis(1_000 * chars / CHARS_A_SECOND);
        }
        stands("workers", sees -> workersJson(view, sees));
        looked = true;
        return LOOK;
    }

    /** Whether there is a client, or was one a moment ago that may come back. */
    private boolean isWatched() {
        synchronized (clients) {
            return !clients.isEmpty() || clock.instant().isBefore(leftAt.plus(MISSED_FOR));
        }
    }

    /** The store does not change while this process runs, so it is asked once. */
    private void introduce() {
        synchronized (clients) {
            if (about != null) {
                return;
            }
        }
        StoreInfo info = store.info();
        String whole = aboutJson(info).toString();
        String narrowed = aboutJson(info).without("address").toString();
        synchronized (clients) {
            var said = new Event("", "store", whole, sees -> Optional.of(narrowed));
            about = said;
            clients.forEach(client -> client.add(said));
        }
    }

    /** Nobody looks: whoever comes next begins with how things stand then. */
    private void forget() {
        synchronized (clients) {
            if (!isWatched()) {
                kept.forget();
            }
        }
        known.clear();
        looked = false;
    }

    private static JsonLine aboutJson(StoreInfo info) {
        return new JsonLine()
                .with("engine", info.engine())
                .with("address", info.address())
                .with("durability", info.durability());
    }

    private static String queuesJson(
            List<QueueSnapshot> queues, JobView view, Predicate<String> sees) {
        return new JsonLine()
                .with(
                        "items",
                        queues.stream()
                                .filter(each -> sees.test(each.queue()))
                                .map(each -> QueueView.json(each, view))
                                .toList())
                .toString();
    }

    private static String workersJson(JobView view, Predicate<String> sees) {
        // without the beat, which changes all the time
        return new JsonLine()
                .with(
                        "items",
                        view.workers().stream()
                                .flatMap(each -> WorkerView.json(each, view, sees).stream())
                                .map(each -> each.without("lastBeatAt"))
                                .toList())
                .toString();
    }

    /** Tells how things stand, when that has changed; answers how much was told. */
    private int stands(String type, Function<Predicate<String>, String> told) {
        String data = told.apply(queue -> true);
        synchronized (clients) {
            if (kept.standing(type).filter(before -> before.data().equals(data)).isPresent()) {
                return 0;
            }
            var event = new Event(kept.next(), type, data, sees -> Optional.of(told.apply(sees)));
            kept.stands(event);
            recent.told();
            clients.forEach(client -> client.add(event));
            return data.length();
        }
    }

    private void seen(JobSnapshot job) {
        var standing = new Standing(job.queue(), job.state().name().text() + " " + job.attempt());
        Standing before = known.remove(job.id());
        known.put(job.id(), standing);
        if (known.size() > MAX_KNOWN) {
            known.remove(known.keySet().iterator().next());
        }
        if (looked && !standing.equals(before)) {
            publishJob(job.queue(), brief(job));
        }
    }

    private static JsonLine brief(JobSnapshot job) {
        return new JsonLine()
                .with("id", job.id())
                .with("kind", job.kind())
                .with("queue", job.queue())
                .with("state", job.state().name().text())
                .with("attempt", job.attempt())
                .with("createdAt", job.createdAt())
                .withKnown("finishedAt", JobView.finishedAt(job));
    }

    /** Jobs seen alive that are no longer among those looked at: have they ended? */
    private void endings() {
        List<Long> alive =
                known.entrySet().stream()
                        .filter(each -> each.getValue().isAlive())
                        .map(Map.Entry::getKey)
                        .toList();
        if (alive.isEmpty()) {
            return;
        }
        store.ended(alive)
                .forEach((id, state) -> {
                    Standing before = known.get(id);
                    if (before != null) {
                        String queue = before.queue();
                        known.put(id, new Standing(queue, state.name().text()));
                        publishJob(
                                queue,
                                new JsonLine()
                                        .with("id", id)
                                        .with("queue", queue)
                                        .with("state", state.name().text()));
                    }
                });
    }

    private void publishJob(String queue, JsonLine job) {
        String data = job.toString();
        synchronized (clients) {
            var event =
                    new Event(
                            kept.next(),
                            "job",
                            data,
                            sees -> sees.test(queue) ? Optional.of(data) : Optional.empty());
            kept.happens(event);
            recent.told();
            clients.forEach(client -> client.add(event));
        }
    }
}
