package dev.millrace.testkit.model;

import dev.millrace.job.Attempt;
import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Ending;
import dev.millrace.store.Ending.Next.Waiting;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.testkit.Endings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** What running handlers do in a {@link World}, and what is done to their jobs. */
final class Deeds {
    static final String SIGNAL = "go";
    private static final String STEP = "s";

    private final World world;
    final Limits.Deeds kinds;
    final Ledger ledger;
    final List<Report> delayed = new ArrayList<>();
    int checkpoints;
    int cancels;
    int signals;

    Deeds(World world, Limits.Deeds kinds) {
        this.world = world;
        this.kinds = kinds;
        ledger = new Ledger();
        checkpoints = kinds.checkpoints();
        cancels = kinds.cancels();
        signals = kinds.signals();
    }

    Deeds(World world, Deeds from) {
        this.world = world;
        kinds = from.kinds;
        ledger = new Ledger(from.ledger);
        delayed.addAll(from.delayed);
        checkpoints = from.checkpoints;
        cancels = from.cancels;
        signals = from.signals;
    }

    /** Whether the handler cannot go on before a signal comes. */
    boolean mustWait(Item item) {
        return kinds.waits() && item.job().id() == 1 && item.course().signals() == 0;
    }

    /** Whether the handler still has its step to do. */
    boolean mustStep(Item item) {
        return kinds.steps() && item.course().step() == 0;
    }

    Report checkpoint(Item item) {
        long number = item.course().checkpoint() + 1;
        return report(item, new Checkpoint(number, "" + number, World.NOW), List.of());
    }

    /** The body of the step is called. */
    Report step(Item item) {
        int call = ledger.body(item.job().id());
        return report(item, null, List.of(new StepRecord(1, STEP, "" + call, 1, World.NOW)));
    }

    private static Report report(
            Item item, @Nullable Checkpoint checkpoint, List<StepRecord> steps) {
        long job = item.job().id();
        long claim = item.job().claimId();
        return new Report(job, claim, item.workerId(), null, checkpoint, steps, null, null);
    }

    /** What becomes of a call. */
    enum Fate {
        ANSWERED,
        ANSWER_LOST,
        DELAYED
    }

    void send(WorkerProcess me, Item item, Report report, Fate fate) {
        if (fate == Fate.DELAYED) {
            world.lostAnswers--;
            delayed.add(report);
            me.items.set(me.items.indexOf(item), item.on(item.course().sent(report)));
            return;
        }
        var answer = write(report);
        if (fate == Fate.ANSWER_LOST) {
            world.lostAnswers--;
            me.items.set(me.items.indexOf(item), item.on(item.course().sent(report)));
        } else if (answer == Recorded.LOST) {
            me.items.remove(item);
        } else {
            me.items.set(me.items.indexOf(item), item.on(item.course().wrote(report)));
        }
    }

    void arrive(Report late) {
        delayed.remove(late);
        write(late);
    }

    private Recorded write(Report report) {
        long job = report.jobId();
        var before = world.running(job);
        boolean mine = before != null && before.claimId() == report.claimId();
        var carried = world.store.reports().carried(job);
        var answer = world.store.reports().report(List.of(report)).getFirst();
        if (answer == Recorded.RECORDED && !mine) {
            throw new AssertionError("a report of a lost claim was written: " + report);
        }
        if (answer == Recorded.LOST && mine && !world.isDead(report.workerId())) {
            throw new AssertionError("a report of a held claim was refused: " + report);
        }
        var after = world.store.reports().carried(job);
        if (answer == Recorded.LOST && !after.equals(carried)) {
            throw new AssertionError("a refused report changed something: " + report);
        }
        var checkpoint = after.checkpoint();
        ledger.checkpoint(job, checkpoint == null ? 0 : checkpoint.number());
        return answer;
    }

    /** A result is used by the handler, for good. */
    void use(Item item, int result) {
        ledger.use(item.job().id(), result);
    }

    Ending waiting(Item item) {
        return endings(item).waiting(SIGNAL, item.course().signals(), Waiting.FOR_EVER);
    }

    Ending cancelled(Item item) {
        return endings(item).cancelled();
    }

    private static Endings endings(Item item) {
        return new Endings(item.job(), item.workerId(), World.NOW, World.NOW);
    }

    // ---- completing in the handler's own transaction

    /** Completes the job and has its effect, in one transaction. */
    void commit(WorkerProcess me, Item item, boolean answered) {
        try {
            world.store.completeWith(world.completed(item), () -> ledger.effect(item.job().id()));
        } catch (MillraceException lost) {
            if (lost.code() != MillraceException.Code.LEASE_LOST) {
                throw lost;
            }
            me.items.remove(item);
            return;
        }
        if (answered) {
            me.items.remove(item);
        } else {
            world.lostAnswers--;
            doubt(me, item);
        }
    }

    /** The transaction was rolled back, and the handler cannot tell. */
    void commitInVain(WorkerProcess me, Item item) {
        world.lostAnswers--;
        doubt(me, item);
    }

    /** The effect alone; the completion is reported afterwards. */
    void effectAlone(WorkerProcess me, Item item) {
        ledger.effect(item.job().id());
        me.items.set(me.items.indexOf(item), item.reported(world.completed(item)));
    }

    private static void doubt(WorkerProcess me, Item item) {
        me.items.set(me.items.indexOf(item), item.on(item.course().doubtful()));
    }

    /** What a worker reports that does not know how its handler's transaction ended. */
    Ending afterDoubt(Item item, boolean asks) {
        boolean held = asks && world.store.reports().holds(item.workerId(), item.job().claim());
        return held ? world.failed(item) : world.completed(item);
    }

    // ---- what is done to jobs

    void signal() {
        signals--;
        world.store.reports().signal(1, SIGNAL, "1", World.NOW);
    }

    void beginSignal() {
        signals--;
        ((SlowSignal) world.store).beginSignal(1, SIGNAL);
    }

    void cancel(long jobId) {
        cancels--;
        var found = world.store.cancel(List.of(jobId), "not wanted", World.NOW).get(jobId);
        if (found != null && isLive(found)) {
            ledger.cancel(jobId);
        }
    }

    private static boolean isLive(JobState.Name state) {
        return state == JobState.Name.SCHEDULED
                || state == JobState.Name.AVAILABLE
                || state == JobState.Name.RUNNING;
    }

    /** What must hold whenever nothing is under way. */
    void check() {
        for (var row : world.store.inspector().history()) {
            boolean completed = row.end() == Attempt.End.COMPLETED;
            if (kinds.commits() && completed && !ledger.hadEffect(row.jobId())) {
                throw new AssertionError(
                        "job %d completed without its effect".formatted(row.jobId()));
            }
        }
    }

    /** Whom a cancellation may miss: it has ended, or its end is on its way. */
    boolean mayMiss(long jobId) {
        return world.store.inspector().positions().stream().noneMatch(p -> p.jobId() == jobId)
                || world.processes.stream()
                        .flatMap(process -> process.items.stream())
                        .anyMatch(item ->
                                item.job().id() == jobId
                                        && (item.report() != null || item.course().doubts()));
    }

    String key() {
        var text = new StringBuilder();
        text.append(ledger.key()).append(checkpoints).append(cancels).append(signals);
        if (world.store instanceof SlowSignal slow) {
            text.append(slow.isSignalling() ? "~" : "");
        }
        return text.toString();
    }
}
