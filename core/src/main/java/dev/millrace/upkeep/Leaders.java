package dev.millrace.upkeep;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.loop.Service;
import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;
import dev.millrace.store.LimitStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * All that this process leads or wants to lead. One round trip a second for all. Thread-safe;
 * started once.
 */
public final class Leaders {
    /** The lease of upkeep and schedules. */
    public static final String HOUSE = "millrace";

    /** The most that one process may want to lead. */
    public static final int MOST = 100;

    private static final Duration BETWEEN_WATCHES = Duration.ofMillis(500);

    /** It is woken when this process begins to lead. */
    private static final Duration WHILE_NONE = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(Leaders.class);

    private final LeaseStore store;
    private final String holder;
    private final Clock clock;
    private final LongSupplier nanos;
    private final Map<String, Leader> leaders = new ConcurrentSkipListMap<>();
    private final Leader house;
    private final Service service;

    /** Tells in time that a lease ran out, when the store neither answers nor refuses. */
    private final Service watch;

    /**
     * Leaders that are not started.
     *
     * @param holder this process, unlike any other; shown to people
     * @param contends whether this process may lead upkeep and schedules
     * @param nanos the process's monotonic clock
     */
    public Leaders(
            LeaseStore store,
            String holder,
            boolean contends,
            Clock clock,
            LongSupplier nanos,
            RandomGenerator random) {
        this.store = store;
        this.holder = holder;
        this.clock = clock;
        this.nanos = nanos;
        this.house = new Leader(store, HOUSE, holder, contends, clock, nanos);
        leaders.put(HOUSE, house);
        this.service = new Service("millrace-leader", random, this::turn);
        this.watch = new Service("millrace-leader-watch", random, this::watch);
    }

    /** Begins to contend. */
    public void start() {
        service.start();
        watch.start();
    }

    /** Lays everything down. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
        watch.stop(patience);
        for (Leader leader : leaders.values()) {
            try {
                leader.release();
            } catch (MillraceException e) {
                LOG.atWarn()
                        .addKeyValue("lease", leader.name())
                        .addKeyValue("cause", e.toString())
                        .log("a lease could not be laid down; another takes it a little later");
            }
        }
    }

    /** Who leads upkeep and schedules. */
    public Leader house() {
        return house;
    }

    /** How this process is called as a leader. */
    public String holder() {
        return holder;
    }

    /** Wants to admit jobs with keys; the same object each time. */
    public Leader admitting() {
        synchronized (leaders) {
            return contending(LimitStore.LEASE);
        }
    }

    /**
     * Wants to lead; the same object for the same name.
     *
     * @param name as other names, and neither {@value #HOUSE} nor {@value LimitStore#LEASE}
     */
    public Leader leader(String name) {
        Names.check("the name of a lease", name);
        if (name.equals(HOUSE) || name.equals(LimitStore.LEASE)) {
            throw MillraceException.invalid(
                    "the name of a lease must not be one of the house's own, '%s' and '%s', got '%s'"
                            .formatted(HOUSE, LimitStore.LEASE, name));
        }
        synchronized (leaders) {
            if (leaders.size() > MOST && !leaders.containsKey(name)) {
                throw MillraceException.invalid(
                        "a process may want to lead at most %d things, got one more ('%s')"
                                .formatted(MOST, name));
            }
            return contending(name);
        }
    }

    private Leader contending(String name) {
        Leader leader =
                leaders.computeIfAbsent(
                        name, n -> new Leader(store, n, holder, true, clock, nanos));
        service.wake();
        return leader;
    }

    private Duration turn() {
        turn(store, holder, leaders.values(), nanos);
        if (leaders.values().stream().anyMatch(Leader::isLeader)) {
            watch.wake();
        }
        boolean all = leaders.values().stream().allMatch(leader -> leader.renewing().isPresent());
        return all ? Leader.BETWEEN_RENEWALS : Leader.BETWEEN_LOOKS;
    }

    private Duration watch() {
        leaders.values().forEach(Leader::tellChange);
        boolean any = leaders.values().stream().anyMatch(Leader::isLeader);
        return any ? BETWEEN_WATCHES : WHILE_NONE;
    }

    /** Each renews or looks, and takes its lease when nobody leads. */
    static void turn(
            LeaseStore store, String holder, Collection<Leader> leaders, LongSupplier nanos) {
        var held = new HashMap<String, Long>();
        var others = new HashSet<String>();
        for (Leader leader : leaders) {
            leader.renewing()
                    .ifPresentOrElse(
                            epoch -> held.put(leader.name(), epoch),
                            () -> others.add(leader.name()));
        }
        long asked = nanos.getAsLong();
        Map<String, Lease> found;
        try {
            found = store.turn(holder, held, others);
        } catch (MillraceException e) {
            leaders.forEach(Leader::failed);
            throw e;
        }
        MillraceException failure = null;
        for (Leader leader : leaders) {
            if (!held.containsKey(leader.name()) && !others.contains(leader.name())) {
                continue; // it came meanwhile
            }
            try {
                leader.answered(found.get(leader.name()), asked);
            } catch (MillraceException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
