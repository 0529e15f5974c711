package dev.millrace.testkit;

import dev.millrace.store.Lease;
import dev.millrace.store.LeaseStore;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Leases whose calls and answers are lost as {@link FaultyStore} loses them. */
record FaultyLeases(FaultyStore faulty, LeaseStore leases) implements LeaseStore {
    @Override
    public Optional<Lease> look(String name) {
        return faulty.call("look", () -> leases.look(name));
    }

    @Override
    public Lease take(String name, String holder, Optional<Lease> seen, Instant now) {
        return faulty.call("take", () -> leases.take(name, holder, seen, now));
    }

    @Override
    public boolean renew(String name, String holder, long epoch) {
        return faulty.call("renew", () -> leases.renew(name, holder, epoch));
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
