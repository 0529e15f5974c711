package dev.millrace.testkit;

import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.store.SignIn;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What a {@link FaultyStore} does to access. */
final class FaultyAccess implements AccessStore {
    private final AccessStore access;
    private final Faults faults;

    /** Does some work, or fails before or after it. */
    interface Faults {
        <T> T call(String what, Supplier<T> work);
    }

    FaultyAccess(AccessStore access, Faults faults) {
        this.access = access;
        this.faults = faults;
    }

    @Override
    public void audit(List<AuditEntry> entries) {
        faults.call(
                "audit",
                () -> {
                    access.audit(entries);
                    return true;
                });
    }

    @Override
    public List<AuditEntry> audited(long before, int limit) {
        return faults.call("audited", () -> access.audited(before, limit));
    }

    @Override
    public int forgetAudit(Instant before, long keep, int max) {
        return faults.call("forgetAudit", () -> access.forgetAudit(before, keep, max));
    }

    @Override
    public void signIn(SignIn session) {
        faults.call(
                "signIn",
                () -> {
                    access.signIn(session);
                    return true;
                });
    }

    @Override
    public Optional<SignIn> signedIn(String tokenHash, Instant now) {
        return faults.call("signedIn", () -> access.signedIn(tokenHash, now));
    }

    @Override
    public boolean signOut(String tokenHash) {
        return faults.call("signOut", () -> access.signOut(tokenHash));
    }

    @Override
    public int signOutAll(String user) {
        return faults.call("signOutAll", () -> access.signOutAll(user));
    }

    @Override
    public int expireSignIns(Instant now, int max) {
        return faults.call("expireSignIns", () -> access.expireSignIns(now, max));
    }
}
