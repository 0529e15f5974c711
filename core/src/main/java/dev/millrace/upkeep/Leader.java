package dev.millrace.upkeep;

import dev.millrace.job.MillraceException;
import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * One process of all that wants to lead something. The leader renews its lease every 1.4 s; the
 * others watch that it does, each by its own monotonic clock, and one takes the lease when the
 * renewals stood still for {@link #LEASE} with the store answering all along. A leader that could
 * not renew for {@link #VALID} holds itself for none, before others do: so there is one at a time
 * as long as monotonic clocks run alike. What must hold even when they do not, or when a process
 * stands still between asking {@link #isLeader} and acting, has to compare {@link #epoch epochs}
 * where it takes effect. Thread-safe.
 */
public final class Leader {
    /** How long renewals must stand still before another takes over. */
    public static final Duration LEASE = Duration.ofSeconds(4);

    /** How long a leader is one after it last renewed. */
    public static final Duration VALID = Duration.ofSeconds(3);

    /** How often a leader renews; once may fail. */
    static final Duration BETWEEN_RENEWALS = Duration.ofMillis(1_400);

    /** How often others look. */
    static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** Looks further apart than this are not one unbroken watch. */
    private static final Duration GAP = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    private final LeaseStore store;
    private final String name;
    private final String holder;
    private final boolean contends;
    private final Clock clock;
    private final LongSupplier nanos;
    private final List<LeaderListener> listeners = new CopyOnWriteArrayList<>();

    private volatile Held held = Held.NONE;
    private volatile boolean unled;

    /** Held while listeners are told, so that they hear one thing after the other, each once. */
    private final ReentrantLock telling = new ReentrantLock();

    /** In which epoch listeners were told that this process leads; 0 when they were not. */
    private long told;

    // what follows belongs to the one thread that takes turns
    private Optional<Lease> seen = Optional.empty();
    private long seenSinceNanos;
    private long lookedNanos;
    private boolean watching;

    /** What this process holds. */
    private record Held(long epoch, long renewedNanos) {
        private static final Held NONE = new Held(0, 0);
    }

    /**
     * A process that does not lead yet.
     *
     * @param holder this process, unlike any other
     * @param contends whether it may lead; otherwise it only watches
     * @param nanos the process's monotonic clock
     */
    Leader(
            LeaseStore store,
            String name,
            String holder,
            boolean contends,
            Clock clock,
            LongSupplier nanos) {
        this.store = store;
        this.name = name;
        this.holder = holder;
        this.contends = contends;
        this.clock = clock;
        this.nanos = nanos;
    }

    /** What is led. */
    public String name() {
        return name;
    }

    /** This process, as a leader. */
    String holder() {
        return holder;
    }

    /** Whether this process leads now. Asks nobody. */
    public boolean isLeader() {
        return epoch().isPresent();
    }

    /**
     * The epoch in which this process leads now; empty when it does not. It only grows from leader
     * to leader, so that whoever is written to can refuse what an outdated leader still writes.
     */
    public OptionalLong epoch() {
        Held now = held;
        boolean valid = now.epoch() > 0 && nanos.getAsLong() - now.renewedNanos() < VALID.toNanos();
        return valid ? OptionalLong.of(now.epoch()) : OptionalLong.empty();
    }

    /** Whether this process should do what the leader does: it leads, or nobody has for a while. */
    public boolean mayDo() {
        return isLeader() || unled;
    }

    /** Tells this listener from now on; at once when this process leads. */
    public void listen(LeaderListener listener) {
        telling.lock();
        try {
            listeners.add(listener);
            long leads = told;
            if (leads > 0) {
                tell(() -> listener.leads(leads));
            }
        } finally {
            telling.unlock();
        }
    }

    /** In which epoch to renew the lease; empty to look at it. By one thread at a time. */
    OptionalLong renewing() {
        long last = held.epoch();
        return last > 0 ? OptionalLong.of(last) : OptionalLong.empty();
    }

    /**
     * The store has answered what {@link #renewing} asked. Takes the lease when nobody leads.
     *
     * @param found the lease; {@code null} when it is not held any more or was never taken
     * @param asked when the store was asked, by the monotonic clock
     */
    void answered(@Nullable Lease found, long asked) {
        try {
            if (held.epoch() == 0) {
                looked(found, asked);
            } else if (found != null) {
                held = new Held(held.epoch(), asked);
            } else {
                held = Held.NONE;
                watching = false;
            }
        } catch (MillraceException e) {
            watching = false;
            throw e;
        } finally {
            tellChange();
        }
    }

    /** The store has not answered: the watch is broken, and begins anew once it does. */
    void failed() {
        watching = false;
        tellChange();
    }

    private void looked(@Nullable Lease lease, long asked) {
        if (lease != null && lease.holder().equals(holder)) {
            // it was taken by this process and the answer was lost, or not renewed for a while
            if (store.renew(name, holder, lease.epoch())) {
                lead(lease.epoch(), asked);
            }
            return;
        }
        Optional<Lease> found = Optional.ofNullable(lease);
        boolean unbroken = watching && asked - lookedNanos <= GAP.toNanos();
        lookedNanos = asked;
        if (!unbroken || !isSame(lease, seen.orElse(null))) {
            watching = true;
            seen = found;
            seenSinceNanos = asked;
        }
        boolean free = lease == null || lease.isFree();
        boolean stands = asked - seenSinceNanos >= LEASE.toNanos();
        unled = !contends && asked - seenSinceNanos >= LEASE.multipliedBy(15).toNanos();
        if (contends && (free || stands)) {
            Lease taken = store.take(name, holder, found, clock.instant());
            if (taken.holder().equals(holder)) {
                lead(taken.epoch(), asked);
            }
        }
    }

    private static boolean isSame(@Nullable Lease one, @Nullable Lease other) {
        if (one == null || other == null) {
            return one == null && other == null;
        }
        return one.epoch() == other.epoch()
                && one.beat() == other.beat()
                && one.holder().equals(other.holder());
    }

    private void lead(long epoch, long askedNanos) {
        held = new Held(epoch, askedNanos);
        watching = false;
        unled = false;
    }

    /** Tells listeners what has changed, also while the store is still being asked. */
    void tellChange() {
        telling.lock();
        try {
            tellChangeAlone();
        } finally {
            telling.unlock();
        }
    }

    private void tellChangeAlone() {
        OptionalLong now = epoch();
        if (now.isPresent() && told == 0) {
            told = now.getAsLong();
            LOG.atInfo()
                    .addKeyValue("lease", name)
                    .addKeyValue("epoch", now.getAsLong())
                    .log("this process leads");
            listeners.forEach(listener -> tell(() -> listener.leads(now.getAsLong())));
        } else if (now.isEmpty() && told > 0) {
            told = 0;
            LOG.atInfo().addKeyValue("lease", name).log("this process does not lead any more");
            listeners.forEach(listener -> tell(listener::ceased));
        }
    }

    private void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("a listener threw; the lease '{}' is not concerned", name, e);
        }
    }

    /** Lays the lease down, so that others need not wait. */
    void release() {
        Held last = held;
        held = Held.NONE;
        watching = false;
        try {
            if (last.epoch() > 0) {
                store.release(name, holder, last.epoch());
            }
        } finally {
            tellChange();
        }
    }
}
