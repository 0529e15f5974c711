package dev.millrace.testkit;

import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Who leads: a row for each name. */
final class MemoryLeases implements LeaseStore {
    private final MemoryState state;

    MemoryLeases(MemoryState state) {
        this.state = state;
    }

    @Override
    public Map<String, Lease> turn(String holder, Map<String, Long> held, Set<String> others) {
        synchronized (state) {
            var found = new TreeMap<String, Lease>();
            held.forEach((name, epoch) -> {
                Lease lease = state.leases.get(name);
                if (lease != null && lease.epoch() == epoch && lease.holder().equals(holder)) {
                    var renewed = new Lease(name, holder, epoch, lease.beat() + 1, lease.since());
                    state.leases.put(name, renewed);
                    found.put(name, renewed);
                }
            });
            for (String name : others) {
                Lease lease = state.leases.get(name);
                if (lease != null) {
                    found.put(name, lease);
                }
            }
            return found;
        }
    }

    @Override
    public Lease take(String name, String holder, Optional<Lease> seen, Instant now) {
        synchronized (state) {
            var stands = look(name);
            if (stands.map(MemoryLeases::sight).equals(seen.map(MemoryLeases::sight))) {
                long epoch = stands.map(Lease::epoch).orElse(0L) + 1;
                state.leases.put(name, new Lease(name, holder, epoch, 0, now));
            }
            return look(name).orElseThrow();
        }
    }

    /** What it is seen by; the time is for people. */
    private static List<Object> sight(Lease lease) {
        return List.of(lease.holder(), lease.epoch(), lease.beat());
    }

    @Override
    public void release(String name, String holder, long epoch) {
        synchronized (state) {
            Lease lease = state.leases.get(name);
            if (lease != null && lease.epoch() == epoch && lease.holder().equals(holder)) {
                state.leases.put(name, new Lease(name, "", epoch, lease.beat(), lease.since()));
            }
        }
    }

    @Override
    public List<Lease> all() {
        synchronized (state) {
            return state.leases.values().stream().limit(MOST).toList();
        }
    }
}
