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
import java.util.random.RandomGenerator;

/**
 * Returns the jobs of dead workers. Runs in every worker process; several may rescue the same
 * worker at once, the store lets each job be moved once. Thread-safe.
 */
public final class Rescuer {
    private static final Logger LOG = LoggerFactory.getLogger(Rescuer.class);
    private static final Duration REST = Duration.ofMinutes(1);
    private static final Duration BUSY_REST = Duration.ofMillis(100);
    private static final int STEP = 500;

    private final JobStore store;
    private final Clock clock;
    private final DeathWatch watch;
    private final Map<Long, Sighting> dead = new ConcurrentHashMap<>();
    private final Service service;

    /** A rescuer that is not started. */
    public Rescuer(JobStore store, Clock clock, DeathWatch watch, RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.watch = watch;
        this.service = new Service("millrace-rescuer", random, this::step);
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
     * @param askedNanos when the look was begun, by the observer's monotonic clock
     * @return whether looking again soon would help
     */
    public boolean observe(List<Sighting> others, long askedNanos) {
        List<Sighting> found = watch.observe(others, askedNanos);
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
        RuntimeException failure = null;
        for (Sighting sighting : List.copyOf(dead.values())) {
            try {
                if (rescue(sighting)) {
                    dead.remove(sighting.workerId());
                }
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return dead.isEmpty() ? REST : BUSY_REST;
    }

    /** Answers whether it is done with; not when others hold what is left. */
    private boolean rescue(Sighting sighting) {
        int returned = 0;
        int discarded = 0;
        boolean moved;
        RescueAnswer answer;
        do {
            answer = store.rescue(sighting.workerId(), sighting.beat(), STEP, clock.instant());
            returned += answer.returned();
            discarded += answer.discarded();
            moved = answer.returned() + answer.discarded() > 0;
        } while (answer.outcome() == RescueAnswer.Outcome.MORE && moved);
        if (returned + discarded > 0) {
            LOG.atInfo()
                    .addKeyValue("worker", sighting.workerId())
                    .addKeyValue("returned", returned)
                    .addKeyValue("discarded", discarded)
                    .log("jobs of a dead worker were rescued");
        }
        return answer.outcome() != RescueAnswer.Outcome.MORE;
    }
}
