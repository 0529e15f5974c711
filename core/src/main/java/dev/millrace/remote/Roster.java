package dev.millrace.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.millrace.job.MillraceException;
import dev.millrace.store.JobStore;
import dev.millrace.store.RemoteTerms;
import dev.millrace.store.WorkerInfo;
import dev.millrace.store.WorkerSnapshot;

import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * The workers as they were seen at most a second ago, and who may speak for them; for those of
 * processes nobody may. Thread-safe; one look a second, and one for each worker it does not know.
 */
final class Roster {
    /** The most living workers that one caller registers. */
    static final int MOST_OF_ONE = 500;

    /** The most of them that have neither beaten nor claimed yet. */
    static final int MOST_UNPROVEN = 100;

    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JobStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private final AtomicReference<Seen> seen;

    private record Seen(long atNanos, Map<Long, WorkerSnapshot> workers) {}

    /** Of random numbers that nobody can guess: secrets are made of them. */
    Roster(JobStore store, Clock clock, RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.random = random;
        this.seen = new AtomicReference<>(new Seen(System.nanoTime() - FRESH_NANOS, Map.of()));
    }

    /**
     * Registers a worker.
     *
     * @throws MillraceException with {@code too-many-workers} when its caller has as many as they
     *     may
     */
    WorkerKey register(Introduction wish) {
        Instant now = clock.instant();
        checkRoom(wish.caller(), seen(true).values(), now);
        String secret = WorkerKey.secret(random);
        long id =
                store.register(
                        new WorkerInfo(
                                wish.name(),
                                wish.version(),
                                wish.queues(),
                                now,
                                wish.kinds(),
                                new RemoteTerms(
                                        wish.lease(), WorkerKey.seal(secret), wish.caller())));
        return new WorkerKey(id, secret);
    }

    private static void checkRoom(String caller, Collection<WorkerSnapshot> workers, Instant now) {
        int living = 0;
        int unproven = 0;
        for (WorkerSnapshot each : workers) {
            RemoteTerms remote = each.remote();
            if (remote != null && remote.caller().equals(caller) && each.isLive(now)) {
                living++;
                unproven += each.hasBeaten() ? 0 : 1;
            }
        }
        if (living >= MOST_OF_ONE || unproven >= MOST_UNPROVEN) {
            throw new MillraceException(
                    MillraceException.Code.TOO_MANY_WORKERS,
                    ("expected fewer than %d living workers of one caller, of which fewer than %d"
                                    + " have neither claimed nor beaten yet, got %d and %d; nothing"
                                    + " was registered")
                            .formatted(MOST_OF_ONE, MOST_UNPROVEN, living, unproven));
        }
    }

    /**
     * A worker that lives, for whoever has its key.
     *
     * @throws MillraceException with {@code worker-lost} when it is unknown, is not one of these,
     *     was declared dead, or the key is not its own
     */
    WorkerSnapshot require(WorkerKey key) {
        WorkerSnapshot worker = find(key).orElseThrow(() -> lost(key.id()));
        if (worker.dead()) {
            throw lost(key.id());
        }
        return worker;
    }

    /**
     * A worker that is registered, dead or alive; empty when there is none of that id.
     *
     * @throws MillraceException with {@code worker-lost} when it is not one of these, or the key is
     *     not its own
     */
    Optional<WorkerSnapshot> find(WorkerKey key) {
        Optional<WorkerSnapshot> known = known(key.id());
        if (known.isPresent() && !isSealed(known.get(), key.secret())) {
            throw lost(key.id());
        }
        return known;
    }

    private static boolean isSealed(WorkerSnapshot worker, String secret) {
        String seal = seal(worker);
        return !seal.isEmpty()
                && MessageDigest.isEqual(
                        seal.getBytes(US_ASCII), WorkerKey.seal(secret).getBytes(US_ASCII));
    }

    /** Empty for a worker of a process: nobody speaks for it. */
    private static String seal(WorkerSnapshot worker) {
        RemoteTerms remote = worker.remote();
        return remote == null ? "" : remote.seal();
    }

    /** Whether a token was made for a claim of a worker that is registered. */
    boolean gave(ClaimToken token) {
        return known(token.worker())
                .map(Roster::seal)
                .filter(seal -> !seal.isEmpty())
                .filter(token::isOf)
                .isPresent();
    }

    /** The token of a claim of a worker that was just required. */
    ClaimToken token(long worker, long claim) {
        WorkerSnapshot known = known(worker).orElseThrow(() -> lost(worker));
        return ClaimToken.of(worker, claim, seal(known));
    }

    private Optional<WorkerSnapshot> known(long id) {
        WorkerSnapshot known = seen(false).get(id);
        return Optional.ofNullable(known == null ? seen(true).get(id) : known);
    }

    static MillraceException lost(long id) {
        return new MillraceException(
                MillraceException.Code.WORKER_LOST,
                ("worker %d is not registered with this secret, or was declared dead because it did"
                                + " not beat for its lease; its jobs are given to others; register"
                                + " anew")
                        .formatted(id));
    }

    private Map<Long, WorkerSnapshot> seen(boolean now) {
        Seen last = seen.get();
        if (!now && System.nanoTime() - last.atNanos() < FRESH_NANOS) {
            return last.workers();
        }
        long at = System.nanoTime();
        var fresh =
                new Seen(
                        at,
                        store.workers().stream()
                                .collect(Collectors.toMap(WorkerSnapshot::id, each -> each)));
        seen.set(fresh);
        return fresh.workers();
    }
}
