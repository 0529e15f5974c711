package dev.millrace;

import dev.millrace.flow.Pipeline;
import dev.millrace.flow.PipelineCare;
import dev.millrace.flow.PipelinePlan;
import dev.millrace.job.Durability;
import dev.millrace.job.Handler;
import dev.millrace.job.JobListener;
import dev.millrace.job.JobRequest;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.Task;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.When;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueLimits;
import dev.millrace.upkeep.Retention;
import dev.millrace.worker.Handlers;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Everything that can be said about a {@link Millrace} before it starts. All faults are reported
 * together by {@link #start}. Not thread-safe.
 *
 * <p>Defaults: queue {@code default} with 64 slots (and 64 for every further queue that a handled
 * task names), heartbeat 2 s, lease 10 s, drain 30 s, payloads and results at most 1 MiB, finished
 * jobs kept for 7 days or the newest million of a queue, whichever is less, an enqueue waits up to
 * 10 s for a store that does not answer, and a receipt means that the job is on disk.
 */
public final class MillraceBuilder {
    private static final int DEFAULT_SLOTS = 64;
    private static final int MAX_SLOTS = 1_000_000;
    private static final int MIB = 1 << 20;

    private final List<String> faults = new ArrayList<>();
    private final Handlers handlers = new Handlers();
    private final Map<String, Integer> queues = new LinkedHashMap<>();
    private final Map<String, Integer> implied = new LinkedHashMap<>();
    private final Map<String, QueueLimits> limits = new LinkedHashMap<>();
    private final List<Consumer<? super Millrace>> started = new ArrayList<>();
    private final List<PipelinePlan> plans = new ArrayList<>();
    private @Nullable JobStore store;
    private Clock clock = Clock.systemUTC();
    private LongSupplier nanos = System::nanoTime;
    private RandomGenerator random = new SharedRandom();
    private Duration heartbeat = Duration.ofSeconds(2);
    private Duration lease = Duration.ofSeconds(10);
    private Duration drain = Duration.ofSeconds(30);
    private final List<JobListener> listeners = new ArrayList<>();
    private final Map<String, Retention> retentions = new LinkedHashMap<>();
    private Retention retention = Retention.STANDARD;
    private final Map<String, Durability> durabilities = new LinkedHashMap<>();
    private Duration storePatience = Duration.ofSeconds(10);
    private final Map<String, Schedules.Wanted> schedules = new LinkedHashMap<>();
    private final Set<String> unscheduled = new LinkedHashSet<>();
    private @Nullable Boolean leads;
    private @Nullable String workerName;
    private boolean handling;
    private boolean onlyNamed;

    MillraceBuilder() {}

    /** Where jobs live. Required; closed together with the {@link Millrace}. */
    public MillraceBuilder store(JobStore newStore) {
        store = newStore;
        return this;
    }

    /** Runs a task's jobs with this code, so that this process becomes a worker. */
    public <P> MillraceBuilder handle(Task<P> task, Handler<P> handler) {
        try {
            handlers.add(task, handler);
            implied.putIfAbsent(task.queue(), DEFAULT_SLOTS);
            handling = true;
        } catch (MillraceException e) {
            faults.add(e.getMessage());
        }
        return this;
    }

    /**
     * Runs the steps of a pipeline, each in its queue with the slots that it says; {@link #queue}
     * says otherwise.
     */
    public MillraceBuilder pipeline(Pipeline<?> pipeline) {
        plans.add(pipeline.plan());
        pipeline.bind(
                new Pipeline.Binding() {
                    @Override
                    public <P> void handle(Task<P> task, Handler<P> handler) {
                        MillraceBuilder.this.handle(task, handler);
                    }

                    @Override
                    public void queue(String queue, int slots, QueueLimits its) {
                        implied.put(queue, slots);
                        if (!its.isNone()) {
                            limits.putIfAbsent(queue, its);
                        }
                    }
                },
                this::givenStore);
        return this;
    }

    private JobStore givenStore() {
        if (store == null) {
            throw new IllegalStateException("a step runs before there is a store");
        }
        return store;
    }

    List<PipelinePlan> plans() {
        return plans;
    }

    /**
     * Serves a queue with so many slots: jobs of it that may run at once in this process.
     *
     * @param slots 1 to 1,000,000; each running job costs a virtual thread
     */
    public MillraceBuilder queue(String queue, int slots) {
        try {
            Names.check("queue", queue);
        } catch (MillraceException e) {
            faults.add(e.getMessage());
        }
        if (slots < 1 || slots > MAX_SLOTS) {
            faults.add(
                    "slots must be 1 to %d, got %d (queue '%s')"
                            .formatted(MAX_SLOTS, slots, queue));
        }
        queues.put(queue, slots);
        return this;
    }

    /**
     * Serves a queue and says what limits it in the whole cluster. What is said here is kept in the
     * store when this process starts, if it is another than was declared there last; so a new
     * deploy wins, and what people set since stays when a process restarts.
     */
    public MillraceBuilder queue(String queue, Consumer<QueueSettings> settings) {
        var said = new QueueSettings(faults);
        settings.accept(said);
        Integer slots = said.slots();
        limits.put(queue, said.limits());
        return queue(queue, slots == null ? DEFAULT_SLOTS : slots);
    }

    /** Serves only the queues named by {@code queue}, not those that handled tasks name. */
    public MillraceBuilder onlyNamedQueues() {
        onlyNamed = true;
        return this;
    }

    /**
     * Hands over what is about to start, before it claims anything: for handlers that enqueue or
     * submit themselves. Several may be added.
     */
    public MillraceBuilder started(Consumer<? super Millrace> hear) {
        started.add(hear);
        return this;
    }

    /** Tells this listener of every attempt that ended in this process; several may be added. */
    public MillraceBuilder listen(JobListener listener) {
        listeners.add(listener);
        return this;
    }

    /** How often this worker says that it lives: 100 ms to 1 h, at most a third of the lease. */
    public MillraceBuilder heartbeat(Duration newHeartbeat) {
        heartbeat = newHeartbeat;
        return this;
    }

    /**
     * How long other workers must stand still before this one takes their jobs over: 1 s to 1 day.
     * The same in all processes of a store.
     */
    public MillraceBuilder lease(Duration newLease) {
        lease = newLease;
        return this;
    }

    /** How long running jobs may take when it stops, before they are interrupted. */
    public MillraceBuilder drain(Duration newDrain) {
        drain = newDrain;
        return this;
    }

    /** How long finished jobs are kept, at least 1 min; discarded ones stay. */
    public MillraceBuilder keepFinished(Duration newKeep) {
        return checked(() -> retention = retention.finished(newKeep));
    }

    /** How many finished jobs of a queue are kept at most, the newest; at least 1. */
    public MillraceBuilder keepMost(long jobs) {
        return checked(() -> retention = retention.most(jobs));
    }

    /** How long jobs of queues without a rule of their own are kept. */
    public MillraceBuilder retention(Retention rule) {
        retention = rule;
        return this;
    }

    /** How long one queue's jobs are kept. The same in all processes of a store. */
    public MillraceBuilder retention(String queue, Retention rule) {
        return checked(() -> retentions.put(Names.check("queue", queue), rule));
    }

    private MillraceBuilder checked(Runnable setting) {
        try {
            setting.run();
        } catch (MillraceException e) {
            faults.add(e.getMessage());
        }
        return this;
    }

    /**
     * What the receipts of a queue are worth for jobs accepted by this process whose request does
     * not say; {@link Durability#DISK} by default. Other processes have their own.
     */
    public MillraceBuilder durability(String queue, Durability level) {
        return checked(() -> durabilities.put(Names.check("queue", queue), level));
    }

    /** How long an enqueue tries again while the store does not answer: at most 30 s. */
    public MillraceBuilder storePatience(Duration newPatience) {
        storePatience = newPatience;
        return this;
    }

    /**
     * Declares a schedule, with every default of {@link Schedule}: its jobs are enqueued once for
     * each tick, however many processes declare it.
     */
    public MillraceBuilder schedule(String name, When when, JobRequest<?> request) {
        return schedule(name, Schedule.of(when), request);
    }

    /**
     * Declares a schedule. It takes the place of one declared before under this name, unless that
     * had a higher {@link Schedule#version}; when nothing has changed it goes on as it was.
     */
    public MillraceBuilder schedule(String name, Schedule schedule, JobRequest<?> request) {
        return checked(() -> {
            var wanted = new Schedules.Wanted(name, schedule, request);
            if (schedules.putIfAbsent(name, wanted) != null) {
                faults.add("schedule '%s' must be declared once, got it twice".formatted(name));
            }
        });
    }

    /** Removes a schedule when it starts, for instance one that code declared before. */
    public MillraceBuilder unschedule(String name) {
        return checked(() -> unscheduled.add(Names.check("the name of a schedule", name)));
    }

    /**
     * Whether this process may lead upkeep and schedules; by default those with handlers may. One
     * of all that may does, and another takes over within about five seconds when it dies. When
     * none may, nothing ticks on time.
     */
    public MillraceBuilder leads(boolean mayLead) {
        leads = mayLead;
        return this;
    }

    /** How this worker is called; host, process id and a random part by default. */
    public MillraceBuilder workerName(String name) {
        workerName = name;
        return this;
    }

    /** The time kept with jobs and by which they are due; the system's by default. */
    public MillraceBuilder clock(Clock newClock) {
        clock = newClock;
        return this;
    }

    /** The monotonic clock by which others are observed; the system's by default. */
    public MillraceBuilder nanos(LongSupplier newNanos) {
        nanos = newNanos;
        return this;
    }

    /** Where jitter comes from; must be thread-safe. */
    public MillraceBuilder random(RandomGenerator newRandom) {
        random = newRandom;
        return this;
    }

    /**
     * Starts.
     *
     * @throws MillraceException with {@code invalid-configuration} naming every fault; nothing was
     *     started then, and the store is left open
     */
    public Millrace start() {
        JobStore checked = check();
        var millrace = new Millrace(this, checked);
        started.forEach(hear -> hear.accept(millrace));
        millrace.begin();
        return millrace;
    }

    private JobStore check() {
        var all = new ArrayList<>(faults);
        if (store == null) {
            all.add("a store must be given, got none");
        }
        between(all, "heartbeat", heartbeat, Duration.ofMillis(100), Duration.ofHours(1));
        between(all, "lease", lease, Duration.ofSeconds(1), Duration.ofDays(1));
        between(all, "drain", drain, Duration.ZERO, Duration.ofDays(1));
        between(all, "store-patience", storePatience, Duration.ZERO, Duration.ofSeconds(30));
        if (heartbeat.multipliedBy(3).compareTo(lease) > 0) {
            all.add(
                    "heartbeat must be at most a third of the lease (%s), got %s"
                            .formatted(lease, heartbeat));
        }
        unscheduled.stream()
                .filter(schedules::containsKey)
                .map("schedule '%s' must be declared or removed, got both"::formatted)
                .forEach(all::add);
        all.addAll(PipelineCare.faults(plans));
        if (handling && queues().isEmpty()) {
            all.add("a worker of named queues only must name one, got none");
        }
        if (store == null || !all.isEmpty()) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_CONFIGURATION,
                    "nothing was started:\n- " + String.join("\n- ", all));
        }
        return store;
    }

    private static void between(
            List<String> faults, String what, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            faults.add("%s must be %s to %s, got %s".formatted(what, least, most, value));
        }
    }

    boolean leads() {
        return leads == null ? handling : leads;
    }

    Collection<Schedules.Wanted> schedules() {
        return schedules.values();
    }

    Set<String> unscheduled() {
        return unscheduled;
    }

    boolean hasHandlers() {
        return handling;
    }

    Handlers handlers() {
        return handlers;
    }

    Map<String, Integer> queues() {
        var all = onlyNamed ? new LinkedHashMap<String, Integer>() : new LinkedHashMap<>(implied);
        all.putAll(queues);
        return all;
    }

    Map<String, QueueLimits> limits() {
        return limits;
    }

    Clock clock() {
        return clock;
    }

    LongSupplier nanos() {
        return nanos;
    }

    RandomGenerator random() {
        return random;
    }

    Duration heartbeat() {
        return heartbeat;
    }

    Duration lease() {
        return lease;
    }

    Duration drain() {
        return drain;
    }

    List<JobListener> listeners() {
        return listeners;
    }

    Map<String, Retention> retentions() {
        return retentions;
    }

    Retention retention() {
        return retention;
    }

    Map<String, Durability> durabilities() {
        return durabilities;
    }

    Duration storePatience() {
        return storePatience;
    }

    int maxPayloadBytes() {
        return MIB;
    }

    int maxResultBytes() {
        return MIB;
    }

    String version() {
        String version = MillraceBuilder.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    String workerName() {
        if (workerName != null) {
            return workerName;
        }
        return "%s:%d:%06x"
                .formatted(
                        host(), ProcessHandle.current().pid(), new SecureRandom().nextInt(1 << 24));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9.-]", "-");
        } catch (UnknownHostException e) {
            return "unknown-host";
        }
    }

    /** The calling thread's own generator each time, so that sharing it costs nothing. */
    private static final class SharedRandom implements RandomGenerator {
        @Override
        public long nextLong() {
            return ThreadLocalRandom.current().nextLong();
        }
    }
}
