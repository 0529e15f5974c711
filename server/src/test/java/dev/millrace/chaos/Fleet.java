package dev.millrace.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** The worker processes. Thread-safe. */
final class Fleet implements AutoCloseable {
    private static final int TRIES = 20;

    private final Engine engine;
    private final Path directory;
    private final List<Member> live = new ArrayList<>();
    private final List<Member> all = new ArrayList<>();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger refusedStarts = new AtomicInteger();
    private volatile long offsetMillis;
    private long refused;

    Fleet(Engine engine, Path directory) {
        this.engine = engine;
        this.directory = directory;
    }

    /**
     * Starts a worker and waits until it works. One whose store does not answer when it starts ends
     * again, and is started anew, as whatever supervises it does.
     */
    void start() throws IOException, InterruptedException {
        for (int tries = 1; tries <= TRIES; tries++) {
            Wire wire = engine.wire();
            var member =
                    new Member(
                            "w" + started.incrementAndGet(),
                            directory,
                            engine.address(wire),
                            offsetMillis,
                            wire);
            synchronized (this) {
                all.add(member);
                live.add(member);
            }
            if (member.awaitReady()) {
                return;
            }
            refusedStarts.incrementAndGet();
            synchronized (this) {
                live.remove(member);
            }
            Pause.millis(200);
        }
        throw new IllegalStateException("no worker could be started in %d tries".formatted(TRIES));
    }

    /** Starts that failed because the store did not answer. */
    int refusedStarts() {
        return refusedStarts.get();
    }

    int started() {
        return started.get();
    }

    synchronized int size() {
        return live.size();
    }

    /** One of those that live. */
    synchronized Optional<Member> any(RandomGenerator random) {
        return live.isEmpty()
                ? Optional.empty()
                : Optional.of(live.get(random.nextInt(live.size())));
    }

    /** The same, which nobody else will be given any more: it is to be ended. */
    synchronized Optional<Member> take(RandomGenerator random) {
        Optional<Member> chosen = any(random);
        chosen.ifPresent(live::remove);
        return chosen;
    }

    /** All whose ledgers still matter. */
    synchronized List<Member> members() {
        return List.copyOf(all);
    }

    /** Sets every clock to the same time, that of the one most ahead ever. */
    synchronized void alignClocks(long newOffsetMillis) {
        offsetMillis = newOffsetMillis;
        live.forEach(member -> member.command("clock " + newOffsetMillis));
    }

    /** Endings refused in all processes so far. */
    synchronized long refused() {
        return refused + all.stream().mapToLong(member -> member.ledger().refused()).sum();
    }

    /** Forgets processes that have ended. */
    synchronized void forgetEnded() {
        for (Member member : List.copyOf(all)) {
            if (!member.isWanted()) {
                refused += member.ledger().refused();
                all.remove(member);
            }
        }
    }

    @Override
    public synchronized void close() throws InterruptedException {
        for (Member member : all) {
            member.close();
        }
    }
}
