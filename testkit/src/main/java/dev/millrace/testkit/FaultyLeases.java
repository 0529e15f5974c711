package dev.millrace.testkit;

import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Leases whose calls and answers are lost as {@link FaultyStore} loses them. */
record FaultyLeases(FaultyStore faulty, LeaseStore leases) implements LeaseStore {
    @Override
    public Map<String, Lease> turn(String holder, Map<String, Long> held, Set<String> others) {
        return faulty.call("turn", () -> leases.turn(holder, held, others));
    }

    @Override
    public Lease take(String name, String holder, Optional<Lease> seen, Instant now) {
        return faulty.call("take", () -> leases.take(name, holder, seen, now));
    }

    @Override
    public void release(String name, String holder, long epoch) {
        faulty.run("release", () -> leases.release(name, holder, epoch));
    }

    @Override
    public List<Lease> all() {
        return faulty.call("all", leases::all);
    }
}
