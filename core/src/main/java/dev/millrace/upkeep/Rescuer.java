package dev.millrace.upkeep;

import dev.millrace.loop.Service;
import dev.millrace.store.JobStore;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.RescueAnswer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Returns the jobs of dead workers. Runs in every worker process; several may rescue the same
 * worker at once, the store lets each job be moved once. Thread-safe.
 */
public final class Rescuer {
    private static final Logger LOG = LoggerFactory.getLogger(Rescuer.class);
    private static final Duration REST = Duration.ofMinutes(1);
    private static final int STEP = 500;

    private final JobStore store;
    private final Clock clock;
    private final LongSupplier nanos;
    private final DeathWatch watch;
    private final Map<Long, Sighting> dead = new ConcurrentHashMap<>();
    private final Service service;

    /**
     * A rescuer that is not started.
     *
     * @param nanos the observer's monotonic clock
     */
    public Rescuer(
            JobStore store,
            Clock clock,
            LongSupplier nanos,
            DeathWatch watch,
            RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.nanos = nanos;
        this.watch = watch;
        this.service = new Service("millrace-rescuer", Service.On.PLATFORM, random, this::step);
    }

    /** Begins to rescue. */
    public void start() {
        service.start();
    }

    /** Ends after the step under way. */
    public void stop(Duration patience) throws InterruptedException {
        service.stop(patience);
    }

    /**
     * Takes in one look at the other workers; called by one thread.
     *
     * @return whether looking again soon would help
     */
    public boolean observe(List<Sighting> others) {
        List<Sighting> found = watch.observe(others, nanos.getAsLong());
        for (Sighting sighting : found) {
            if (dead.putIfAbsent(sighting.workerId(), sighting) == null && !sighting.dead()) {
                LOG.atWarn()
                        .addKeyValue("worker", sighting.workerId())
                        .addKeyValue("name", sighting.name())
                        .log("worker is dead, its jobs are rescued");
            }
        }
        if (!found.isEmpty()) {
            service.wake();
        }
        return watch.suspects();
    }

    /** The store did not answer a look. */
    public void interrupted() {
        watch.interrupted();
    }

    private Duration step() {
        for (Sighting sighting : List.copyOf(dead.values())) {
            rescue(sighting);
            dead.remove(sighting.workerId());
        }
        return dead.isEmpty() ? REST : Duration.ZERO;
    }

    private void rescue(Sighting sighting) {
        int returned = 0;
        int discarded = 0;
        RescueAnswer answer;
        do {
            answer = store.rescue(sighting.workerId(), sighting.beat(), STEP, clock.instant());
            returned += answer.returned();
            discarded += answer.discarded();
        } while (answer.outcome() == RescueAnswer.Outcome.MORE);
        if (returned + discarded > 0) {
            LOG.atInfo()
                    .addKeyValue("worker", sighting.workerId())
                    .addKeyValue("returned", returned)
                    .addKeyValue("discarded", discarded)
                    .log("jobs of a dead worker were rescued");
        }
    }
}
