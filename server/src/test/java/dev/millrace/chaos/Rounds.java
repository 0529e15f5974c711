package dev.millrace.chaos;

import dev.millrace.Millrace;
import dev.millrace.chaos.Deed.Order;
import dev.millrace.chaos.Evidence.Found;
import dev.millrace.chaos.Evidence.Outage;
import dev.millrace.chaos.Evidence.Past;
import dev.millrace.chaos.Evidence.Rebirth;
import dev.millrace.chaos.Violation.Rule;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Round after round on one database: jobs come in and faults strike; the faults end, everything
 * drains, and the ledger is compared with the store. The first violation ends it.
 */
final class Rounds implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(90);
    private static final int SENDERS = 3;
    private static final int JOBS_EACH = 22;
    private static final long WINDOW_MILLIS = 1_000;

    private final Engine engine;
    private final long seed;
    private final JumpingClock clock = new JumpingClock();
    private final Json json = new Json();
    private final AtomicLong nonces = new AtomicLong();
    private final Millrace millrace;
    private final Fleet fleet;
    private final Faults faults;
    private final Tally tally = new Tally();
    private final Path directory;
    private int violations;
    private int stalls;

    /**
     * On an engine with a fresh database.
     *
     * @param directory for ledgers and logs of the workers, not on the engine's disk
     */
    Rounds(Engine engine, long seed, Path directory) throws Exception {
        this.engine = engine;
        this.seed = seed;
        this.directory = directory;
        Files.createDirectories(directory);
        this.millrace =
                Millrace.builder()
                        .store(engine.open())
                        .clock(clock)
                        .storePatience(Duration.ofMillis(50))
                        .start();
        millrace.limit(Deed.NARROW_QUEUE, Deed.LIMIT);
        this.fleet = new Fleet(engine, directory);
        this.faults = new Faults(engine, fleet, clock);
    }

    /** One round; throws an AssertionError with the whole story at the first violation. */
    void run(int round) throws Exception {
        long start = System.nanoTime();
        var random = new Random(seed * 1_000_003 + round);
        int wanted = 2 + random.nextInt(3);
        while (fleet.size() < wanted) {
            fleet.start();
        }
        while (fleet.size() > wanted) {
            fleet.take(random).orElseThrow().drain();
        }
        List<Fault> kinds = engine.faults();
        Fault first = kinds.get((round - 1) % kinds.size());
        var producer = new Producer(millrace, engine.deeds(), nonces, "r" + round);
        load(producer, first, random);
        long loaded = System.nanoTime();
        while (fleet.size() < 2) {
            fleet.start();
        }
        boolean drained = drain(producer);
        long over = System.nanoTime();
        judge(round, producer, drained);
        log(
                "round %d: %d workers, load and faults %.1f s, drain %.1f s, check %.1f s%n"
                        .formatted(
                                round,
                                wanted,
                                (loaded - start) / 1e9,
                                (over - loaded) / 1e9,
                                (System.nanoTime() - over) / 1e9));
    }

    private void log(String line) throws IOException {
        Files.writeString(
                directory.resolve("rounds.log"),
                line,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private void load(Producer producer, Fault first, Random random) throws Exception {
        var space = new AtomicBoolean();
        try (var threads = Executors.newFixedThreadPool(SENDERS)) {
            var senders = new ArrayList<Future<?>>();
            for (int i = 0; i < SENDERS; i++) {
                int thread = i;
                var own = new Random(random.nextLong());
                senders.add(
                        threads.submit(() -> {
                            producer.send(thread, own, JOBS_EACH, WINDOW_MILLIS);
                            return null;
                        }));
            }
            faults.strike(
                    first,
                    random,
                    WINDOW_MILLIS,
                    space,
                    () -> space.compareAndSet(false, producer.burst()));
            for (Future<?> sender : senders) {
                sender.get();
            }
        }
    }

    /** Waits until all of the round's jobs have ended, those whose receipt was lost too. */
    private boolean drain(Producer producer) {
        var signalled = new HashSet<Long>();
        try {
            Awaitility.await()
                    .atMost(DRAIN)
                    .pollDelay(Duration.ofMillis(100))
                    .pollInterval(Duration.ofMillis(150))
                    .until(() -> allEnded(producer, signalled));
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    private boolean allEnded(Producer producer, Set<Long> signalled) {
        try {
            boolean ended = true;
            for (JobSnapshot job : jobs(producer)) {
                if (!job.state().isEnded()) {
                    ended = false;
                    if (Deed.of(job.kind()) == Deed.SIGNAL
                            && !signalled.contains(job.id())
                            && producer.signal(job.id())) {
                        signalled.add(job.id());
                    }
                }
            }
            return ended;
        } catch (MillraceException e) {
            // the store is coming back
            return false;
        }
    }

    private List<JobSnapshot> jobs(Producer producer) {
        var all = new ArrayList<JobSnapshot>();
        var filter = new JobFilter(null, null, null, producer.tag());
        String cursor = null;
        do {
            var page = millrace.store().list(filter, 1000, cursor);
            all.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return all;
    }

    private void judge(int round, Producer producer, boolean drained) throws Exception {
        List<Faults.Struck> struck = faults.takeStruck();
        for (Faults.Struck each : struck) {
            log("  %s %s %d ms%n".formatted(each.fault().text(), each.victim(), each.millis()));
        }
        var evidence = evidence(producer);
        var wrong = new ArrayList<>(LedgerCheck.check(evidence));
        for (Member member : fleet.members()) {
            if (member.diedByItself()) {
                wrong.add(new Violation(Rule.DIED, 0, member.name() + " ended by itself"));
            }
        }
        tally.add(evidence, struck);
        violations += wrong.size();
        if (!wrong.isEmpty() || !drained) {
            throw new AssertionError(
                    "%s, seed %d, round %d: %s%n%s"
                            .formatted(
                                    engine.name(),
                                    seed,
                                    round,
                                    drained ? "" : "not everything ended within " + DRAIN,
                                    wrong.stream()
                                            .limit(5)
                                            .map(each ->
                                                    each
                                                            + "\n"
                                                            + Story.of(
                                                                    each.job(), evidence, struck))
                                            .collect(Collectors.joining("\n"))));
        }
        var over = evidence.found().stream().map(Found::id).collect(Collectors.toSet());
        for (Member member : fleet.members()) {
            member.ledger().forget(over::contains);
        }
        fleet.forgetEnded();
    }

    private Evidence evidence(Producer producer) throws Exception {
        var found = new ArrayList<Found>();
        for (JobSnapshot each : jobs(producer)) {
            JobSnapshot job = millrace.store().find(each.id()).orElseThrow();
            Order order = json.read("payload of job " + job.id(), job.payload(), Order.class);
            found.add(
                    new Found(
                            job.id(),
                            order.nonce(),
                            Deed.of(job.kind()),
                            order.units(),
                            job.state().name(),
                            job.attempts().stream()
                                    .map(past -> new Past(past.number(), past.worker(), past.end()))
                                    .toList()));
        }
        var ids = found.stream().map(Found::id).collect(Collectors.toSet());
        var runs = new ArrayList<Run>();
        var outages = new ArrayList<Outage>();
        var reborn = new ArrayList<Rebirth>();
        for (Member member : fleet.members()) {
            member.ledger().read();
            member.ledger().runs(member.death()).stream()
                    .filter(run -> ids.contains(run.job()))
                    .forEach(runs::add);
            stalls += member.ledger().stalls().size();
            outages.addAll(member.outages());
            reborn.addAll(member.ledger().reborn());
        }
        var nonces = found.stream().map(Found::nonce).toList();
        return new Evidence(
                producer.requests(), found, runs, outages, reborn, engine.effects(nonces));
    }

    Report report(Duration took) throws IOException {
        return new Report(
                engine.name(),
                seed,
                took,
                violations,
                fleet.started(),
                fleet.refusedStarts(),
                fleet.refused(),
                stalls,
                faults.refusedForSpace(),
                faults.counts(),
                tally.figures());
    }

    @Override
    public void close() throws Exception {
        faults.close();
        fleet.close();
        millrace.close();
    }
}
