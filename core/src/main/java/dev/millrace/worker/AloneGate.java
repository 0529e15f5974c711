package dev.millrace.worker;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets a job that two workers have died with run without neighbours, so that it takes none along a
 * third time. While such a job waits, nothing else starts; it starts when the process runs nothing
 * else, or after 30 s in any case; others start again when it has ended or has run for 30 s.
 * Thread-safe; a few instructions per job.
 */
final class AloneGate {
    private static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final LongSupplier nanos;
    private int running;
    private int waitingAlone;
    private int runningAlone;
    private long sinceNanos;

    AloneGate(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** An alone job was claimed: from now on others do not start. */
    synchronized void announce() {
        if (waitingAlone++ == 0 && runningAlone == 0) {
            sinceNanos = nanos.getAsLong();
        }
    }

    /** An announced job was given back unstarted. */
    synchronized void withdraw() {
        waitingAlone--;
    }

    /** Whether anything ordinary may be claimed and started. */
    synchronized boolean isOpen() {
        return (waitingAlone == 0 && runningAlone == 0)
                || (runningAlone > 0 && nanos.getAsLong() - sinceNanos >= BOUND_NANOS);
    }

    synchronized boolean tryStart(boolean alone) {
        if (alone) {
            boolean waitedLong = nanos.getAsLong() - sinceNanos >= BOUND_NANOS;
            if (running > 0 && !waitedLong) {
                return false;
            }
            waitingAlone--;
            runningAlone++;
            sinceNanos = nanos.getAsLong();
        } else if (!isOpen()) {
            return false;
        }
        running++;
        return true;
    }

    /** Answers whether others, kept back until now, may start. */
    synchronized boolean ended(boolean alone) {
        running--;
        if (alone) {
            runningAlone--;
        }
        return alone || (waitingAlone > 0 && running == 0);
    }
}
