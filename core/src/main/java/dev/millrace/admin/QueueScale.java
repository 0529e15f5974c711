package dev.millrace.admin;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How much a queue has to do and how many workers it wants for that.
 *
 * @param queue which
 * @param paused whether nothing of it is claimed
 * @param limit the most jobs of it that run at once in all processes; {@code null} for no limit
 * @param oldestWait since when the oldest available job was accepted; zero when none waits. A
 *     delayed job counts from its acceptance, not from when it was due
 * @param available jobs waiting for a worker; exact up to 10,000, at least so many from there on
 * @param due jobs whose time has come and that no worker has made available yet; the same
 * @param running jobs taken by workers
 * @param workers live workers that serve it
 * @param slots what these may run at once, together
 * @param arrivalsPerSecond jobs accepted to run at once, in all processes, on average over the
 *     minutes looked at
 * @param completionsPerSecond jobs completed, the same
 * @param averageRun how long an attempt ran on average; {@code null} where none ended in these
 *     minutes nor, where jobs wait, in the last day
 * @param wantedWorkers how many workers are wanted, see {@link Scale}
 */
public record QueueScale(
        String queue,
        boolean paused,
        @Nullable Integer limit,
        Duration oldestWait,
        int available,
        int due,
        int running,
        int workers,
        int slots,
        double arrivalsPerSecond,
        double completionsPerSecond,
        @Nullable Duration averageRun,
        int wantedWorkers) {
    /** A queue that has never had a job. */
    public static QueueScale none(String queue) {
        return new QueueScale(queue, false, null, Duration.ZERO, 0, 0, 0, 0, 0, 0, 0, null, 0);
    }
}
