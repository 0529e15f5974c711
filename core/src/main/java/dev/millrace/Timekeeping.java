package dev.millrace;

import dev.millrace.job.Json;
import dev.millrace.queue.JobQueue;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.Ticker;
import dev.millrace.schedule.Ticks;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.upkeep.Leader;
import dev.millrace.upkeep.LeaderListener;
import dev.millrace.upkeep.Leaders;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What a process does about schedules and leading: it declares its schedules when it starts,
 * contends for the house's lease, and ticks while it leads.
 */
final class Timekeeping {
    private final MillraceBuilder settings;
    private final Leaders leaders;
    private final Ticker ticker;
    private final Schedules schedules;
    private final boolean takesPart;
    private final AtomicBoolean contending = new AtomicBoolean();

    /**
     * A process that does nothing yet.
     *
     * @param told hears of every job that schedules enqueue here
     */
    Timekeeping(
            MillraceBuilder settings,
            JobStore store,
            Leaders leaders,
            JobQueue queue,
            Json json,
            Consumer<NewJob> told) {
        this.settings = settings;
        this.leaders = leaders;
        this.takesPart = settings.leads() || settings.hasHandlers();
        this.ticker =
                new Ticker(
                        store,
                        queue,
                        settings.clock(),
                        settings.random(),
                        leaders.house()::isLeader,
                        told);
        this.schedules = new Schedules(store, queue, json, settings.clock(), ticker::changed, told);
        leaders.house().listen(new Ticking());
    }

    /** Has the ticker look when this process begins to lead. */
    private final class Ticking implements LeaderListener {
        @Override
        public void leads(long epoch) {
            ticker.changed();
        }

        @Override
        public void ceased() {
            // the ticker asks before each look
        }
    }

    /** Declares, and begins; fails when the store does not answer. */
    void start() {
        settings.unscheduled().forEach(schedules::remove);
        settings.schedules().forEach(schedules::declare);
        if (takesPart) {
            contend();
            ticker.start();
        }
    }

    /** Does what nobody else does, though this process was not to take part; called once. */
    void watch() {
        if (!takesPart) {
            contend();
            ticker.start();
        }
    }

    private void contend() {
        if (contending.compareAndSet(false, true)) {
            leaders.start();
        }
    }

    void stop(Duration patience) throws InterruptedException {
        ticker.stop(patience);
        leaders.stop(patience);
    }

    Schedules schedules() {
        return schedules;
    }

    Leader leader(String name) {
        Leader leader = leaders.leader(name);
        contend();
        return leader;
    }

    /** A job has ended in this process, and that was recorded. */
    void ended(ClaimedJob job) {
        if (takesPart && Ticks.schedule(job.tags()).isPresent()) {
            ticker.ended(job.id());
        }
    }
}
