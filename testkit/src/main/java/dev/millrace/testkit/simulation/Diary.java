package dev.millrace.testkit.simulation;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Progress;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.worker.LiveJob;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * What a simulated handler reports while it runs: its one step, if no earlier attempt did it, and
 * checkpoints from where earlier attempts stood. Each report is sent until it is answered.
 */
final class Diary {
    private static final Duration AGAIN = Duration.ofMillis(100);

    private final Simulation world;
    private final SimulatedWorker by;
    private final LiveJob live;
    private final int most;
    private boolean loaded;
    private boolean lost;
    private boolean stepped;
    private long number;
    private int written;
    private @Nullable Report open;

    /**
     * @param most how many reports it sends at most
     */
    Diary(Simulation world, SimulatedWorker by, LiveJob live, int most) {
        this.world = world;
        this.by = by;
        this.live = live;
        this.most = most;
    }

    /** Sends what is open or next, as long as the handler runs. */
    void write() {
        if (lost || written == most || !by.runs(live)) {
            return;
        }
        Duration wait;
        try {
            load();
            send();
            wait = world.upTo(Duration.ofMillis(400));
        } catch (MillraceException unavailable) {
            world.expectUnavailable(unavailable);
            wait = AGAIN;
        }
        by.soon(wait, this::write);
    }

    private void load() {
        if (loaded) {
            return;
        }
        var carried = world.store().reports().carried(live.id());
        world.runs().resumes(live.id(), carried);
        var checkpoint = carried.checkpoint();
        number = checkpoint == null ? 0 : checkpoint.number();
        stepped = !carried.steps().isEmpty();
        loaded = true;
    }

    private void send() {
        var report = open == null ? next() : open;
        open = report;
        boolean held = world.truth().reports().holds(live.workerId(), live.claimed().claim());
        var answer = world.store().reports().report(List.of(report)).getFirst();
        world.runs().reported(report, held, answer);
        open = null;
        written++;
        lost = answer == Recorded.LOST;
    }

    private Report next() {
        var now = world.clock().instant();
        var steps =
                stepped
                        ? List.<StepRecord>of()
                        : List.of(new StepRecord(1, "s", "" + live.claimed().claimId(), 1, now));
        stepped = true;
        number++;
        return new Report(
                live.id(),
                live.claimed().claimId(),
                live.workerId(),
                new Progress(number, 0, null, 0, now),
                new Checkpoint(number, "" + number, now),
                steps,
                null,
                null);
    }
}
