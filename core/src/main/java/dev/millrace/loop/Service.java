package dev.millrace.loop;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * A step repeated for ever on a platform thread of its own, so that it runs also while handlers
 * that compute keep all carriers of virtual threads. A step that fails is logged, summarised while
 * it keeps failing, and tried again after a wait that doubles up to a largest one, 5 s by default;
 * nothing ends the loop but {@link #stop}. Thread-safe; started once.
 */
public final class Service {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LARGEST_BACKOFF = Duration.ofSeconds(5);
    private static final long SUMMARY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** One turn of the loop. */
    @FunctionalInterface
    public interface Step {
        /**
         * Does one bounded piece of work.
         *
         * @return how long to rest before the next turn, unless woken; zero to go on at once
         * @throws Exception any; the loop backs off and goes on
         */
        Duration run() throws Exception;
    }

    private final String name;
    private final Step step;
    private final Backoff backoff;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private boolean woken;
    private boolean stopping;
    private @Nullable Thread thread;
    private long failures;
    private long summarisedNanos;

    /**
     * A service that is not started.
     *
     * @param name of its thread and in its log lines
     * @param random spreads its backoff
     */
    public Service(String name, RandomGenerator random, Step step) {
        this(name, random, LARGEST_BACKOFF, step);
    }

    /**
     * The same.
     *
     * @param largest the longest wait after a failure
     */
    public Service(String name, RandomGenerator random, Duration largest, Step step) {
        this.name = name;
        this.step = step;
        Duration first = largest.compareTo(FIRST_BACKOFF) < 0 ? largest : FIRST_BACKOFF;
        this.backoff = new Backoff(first, largest, random);
    }

    /** Begins the loop; a second call is an error. */
    public void start() {
        lock.lock();
        try {
            if (thread != null) {
                throw new IllegalStateException("service '" + name + "' was started before");
            }
            thread = Thread.ofPlatform().daemon(true).name(name).start(this::loop);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the present rest, or lets the next one not begin. Never blocks for long. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets the step under way end and the loop with it; interrupts it when it takes too long. Does
     * nothing when it was never started or has ended.
     *
     * @param patience how long the step may take before it is interrupted
     */
    public void stop(Duration patience) throws InterruptedException {
        Thread running;
        lock.lock();
        try {
            stopping = true;
            change.signalAll();
            running = thread;
        } finally {
            lock.unlock();
        }
        if (running == null || running.equals(Thread.currentThread())) {
            return;
        }
        if (!running.join(patience)) {
            running.interrupt();
            if (!running.join(Duration.ofSeconds(5))) {
                LOG.warn("{} did not end when interrupted; it is left behind", name);
            }
        }
    }

    private void loop() {
        while (true) {
            Duration rest;
            try {
                rest = step.run();
                succeeded();
            } catch (InterruptedException e) {
                if (isStopping()) {
                    return;
                }
                rest = failed(e);
            } catch (Throwable e) {
                rest = failed(e);
            }
            if (!restUnlessStopping(rest)) {
                return;
            }
        }
    }

    private boolean isStopping() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    private boolean restUnlessStopping(Duration rest) {
        lock.lock();
        try {
            long left = rest.toNanos();
            while (!woken && !stopping && left > 0) {
                left = change.awaitNanos(left);
            }
            woken = false;
            return !stopping;
        } catch (InterruptedException e) {
            return !stopping;
        } finally {
            lock.unlock();
        }
    }

    private void succeeded() {
        if (failures > 0) {
            LOG.info("{} works again after {} failures", name, failures);
            failures = 0;
        }
        backoff.reset();
    }

    private Duration failed(Throwable e) {
        failures++;
        long now = System.nanoTime();
        if (failures == 1) {
            LOG.warn("{} failed and is tried again: {}", name, e.toString());
            LOG.debug("{} failed", name, e);
            summarisedNanos = now;
        } else if (now - summarisedNanos >= SUMMARY_NANOS) {
            LOG.warn("{} still fails, {} times so far: {}", name, failures, e.toString());
            summarisedNanos = now;
        }
        return backoff.next();
    }
}
