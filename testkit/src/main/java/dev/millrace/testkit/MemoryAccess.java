package dev.millrace.testkit;

import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.store.SignIn;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Who did what, and who is signed in. */
final class MemoryAccess implements AccessStore {
    private static final int MOST_REMOVED = 10_000;

    private final MemoryState state;

    MemoryAccess(MemoryState state) {
        this.state = state;
    }

    @Override
    public void audit(List<AuditEntry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        AccessStore.within("entries", entries.size(), MOST_AT_ONCE);
        synchronized (state) {
            for (AuditEntry entry : entries) {
                state.audit.put(++state.lastAudit, entry.id(state.lastAudit));
            }
        }
    }

    @Override
    public List<AuditEntry> audited(long before, int limit) {
        AccessStore.within("limit", limit, MOST_AT_ONCE);
        synchronized (state) {
            return state.audit.headMap(before, false).descendingMap().values().stream()
                    .limit(limit)
                    .toList();
        }
    }

    @Override
    public int forgetAudit(Instant before, long keep, int max) {
        AccessStore.within("max", max, MOST_REMOVED);
        synchronized (state) {
            List<Long> old =
                    state.audit.values().stream()
                            .limit(max)
                            .filter(each ->
                                    each.at().isBefore(before)
                                            || each.id() <= state.lastAudit - keep)
                            .map(AuditEntry::id)
                            .toList();
            old.forEach(state.audit::remove);
            return old.size();
        }
    }

    @Override
    public void signIn(SignIn session) {
        synchronized (state) {
            state.signIns.put(session.tokenHash(), session);
        }
    }

    @Override
    public Optional<SignIn> signedIn(String tokenHash, Instant now) {
        synchronized (state) {
            return Optional.ofNullable(state.signIns.get(tokenHash))
                    .filter(each -> each.expiresAt().isAfter(now));
        }
    }

    @Override
    public boolean signOut(String tokenHash) {
        synchronized (state) {
            return state.signIns.remove(tokenHash) != null;
        }
    }

    @Override
    public int signOutAll(String user) {
        synchronized (state) {
            return remove(
                    state.signIns.values().stream()
                            .filter(each -> each.user().equals(user))
                            .toList());
        }
    }

    @Override
    public int expireSignIns(Instant now, int max) {
        AccessStore.within("max", max, MOST_REMOVED);
        synchronized (state) {
            return remove(
                    state.signIns.values().stream()
                            .filter(each -> !each.expiresAt().isAfter(now))
                            .sorted(Comparator.comparing(SignIn::expiresAt))
                            .limit(max)
                            .toList());
        }
    }

    private int remove(List<SignIn> sessions) {
        sessions.forEach(each -> state.signIns.remove(each.tokenHash()));
        return sessions.size();
    }
}
