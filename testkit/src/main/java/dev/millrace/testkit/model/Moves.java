package dev.millrace.testkit.model;

import dev.millrace.store.Ending;
import dev.millrace.store.PulseAnswer.Sighting;
import dev.millrace.store.Report;
import dev.millrace.testkit.model.Deeds.Fate;
import dev.millrace.testkit.model.World.Sent;
import dev.millrace.testkit.model.World.Verdict;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Everything that can happen next in a world. */
final class Moves {
    private static final int HELD_AT_MOST = 2;

    private final World here;
    private final Habits habits;
    private final List<Sighting> sightings;
    private final BiConsumer<String, World> next;

    private Moves(World here, Habits habits, BiConsumer<String, World> next) {
        this.here = here;
        this.habits = habits;
        this.sightings = here.sightings();
        this.next = next;
    }

    /** Hands every world that can come next to the taker, with the name of what happened. */
    static void from(World here, Habits habits, BiConsumer<String, World> next) {
        var moves = new Moves(here, habits, next);
        moves.producers();
        for (var process : here.processes) {
            if (process.acts()) {
                moves.work(process.index);
                moves.items(process.index);
                moves.observe(process.index);
            }
            moves.fate(process.index);
        }
        for (var verdict : here.verdicts) {
            moves.rescue(verdict);
        }
        moves.others();
        moves.move("promote", World::promote);
    }

    private void move(String name, Consumer<World> what) {
        var there = here.copy();
        try {
            what.accept(there);
        } catch (AssertionError | IllegalStateException broken) {
            throw new AssertionError(name + ": " + broken.getMessage(), broken);
        }
        next.accept(name, there);
    }

    private void producers() {
        for (int i = 0; i < here.sent.size(); i++) {
            int index = i;
            var knows = here.sent.get(i);
            if (i > 0 && here.sent.get(i - 1) == Sent.NOT) {
                return; // jobs are alike: the first is sent first
            }
            String job = " job " + (i + 1);
            if (knows == Sent.BEGUN) {
                move("commit" + job, w -> w.commitEnqueue(index));
            } else if (knows == Sent.NOT && here.store instanceof SlowCommit) {
                move("begin" + job, w -> w.beginEnqueue(index));
            } else if (knows != Sent.ACCEPTED) {
                move((knows == Sent.NOT ? "enqueue" : "resend") + job, w -> w.enqueue(index, true));
                if (here.lostAnswers > 0) {
                    move("enqueue, answer lost:" + job, w -> w.enqueue(index, false));
                    move("enqueue, call lost:" + job, w -> w.enqueueInVain(index));
                }
            }
        }
    }

    private void work(int at) {
        var me = here.processes.get(at);
        if (at > 0 && !here.processes.get(at - 1).born) {
            return; // processes are alike: the first is born first
        }
        if (!me.isRegistered()) {
            move("register p" + at, w -> w.register(w.processes.get(at)));
            return;
        }
        if (!me.fresh
                || here.verdicts.stream().anyMatch(v -> v.workerId() == me.workerId)
                || sightings.stream().noneMatch(s -> s.workerId() == me.workerId && !s.dead())) {
            move("pulse p" + at, w -> w.pulse(w.processes.get(at)));
        }
        if (me.items.size() < HELD_AT_MOST) {
            move("claim p" + at, w -> w.claim(w.processes.get(at), false, true));
            if (here.store instanceof SlowCommit) {
                move("sweep p" + at, w -> w.claim(w.processes.get(at), true, true));
            }
            if (here.lostAnswers > 0) {
                move("claim, answer lost p" + at, w -> w.claim(w.processes.get(at), false, false));
            }
        }
        if (me.doubtful) {
            move("reconcile p" + at, w -> w.reconcile(w.processes.get(at)));
        }
    }

    private void items(int at) {
        var me = here.processes.get(at);
        for (var item : List.copyOf(me.items)) {
            String name = " job " + item.job().id() + " p" + at;
            if (!item.started()) {
                if (me.fresh || !habits.beatsBeforeStarting()) {
                    move("start" + name, w -> w.start(w.processes.get(at), item));
                }
                if (here.returns > 0 && me.isRegistered()) {
                    move("give back" + name, w -> w.giveBack(w.processes.get(at), item));
                }
                continue;
            }
            handler(at, item, name);
        }
    }

    /** What the handler of a started job does next. */
    private void handler(int at, Item item, String name) {
        var sent = item.report();
        var open = item.course().open();
        if (sent != null) {
            report(at, item, "report" + name, sent);
        } else if (open != null) {
            send(at, item, "report again" + name, (w, i) -> open);
        } else if (item.course().doubts()) {
            move(
                    "ask and report" + name,
                    w ->
                            w.report(
                                    w.processes.get(at),
                                    item,
                                    w.deeds.afterDoubt(item, habits.asksWhetherCommitted()),
                                    true));
        } else if (item.course().cancelled()) {
            report(at, item, "report cancelled" + name, here.deeds.cancelled(item));
        } else if (here.deeds.mustWait(item)) {
            report(at, item, "wait" + name, here.deeds.waiting(item));
        } else {
            work(at, item, name);
        }
        if (sent == null && open == null && !item.course().doubts() && here.failures > 0) {
            var failed = here.failed(item);
            move(
                    "fail" + name,
                    w -> {
                        w.failures--;
                        w.report(w.processes.get(at), item, failed, true);
                    });
        }
    }

    private void work(int at, Item item, String name) {
        if (here.deeds.checkpoints > 0) {
            send(
                    at,
                    item,
                    "checkpoint" + name,
                    (w, i) -> {
                        w.deeds.checkpoints--;
                        return w.deeds.checkpoint(i);
                    });
        }
        if (here.deeds.mustStep(item)) {
            send(
                    at,
                    item,
                    "step" + name,
                    (w, i) -> {
                        var report = w.deeds.step(i);
                        if (!habits.recordsBeforeUse()) {
                            w.deeds.use(i, Course.NONE.wrote(report).step());
                        }
                        return report;
                    });
            return;
        }
        if (!here.deeds.kinds.commits()) {
            report(at, item, "report" + name, here.completed(item));
        } else if (!habits.commitsTogether()) {
            move("effect" + name, w -> w.deeds.effectAlone(w.processes.get(at), item));
        } else {
            move("commit" + name, w -> w.deeds.commit(w.processes.get(at), item, true));
            if (here.lostAnswers > 0) {
                move(
                        "commit, answer lost" + name,
                        w -> w.deeds.commit(w.processes.get(at), item, false));
                move("commit lost" + name, w -> w.deeds.commitInVain(w.processes.get(at), item));
            }
        }
    }

    private void report(int at, Item item, String name, Ending ending) {
        move(name, w -> w.report(w.processes.get(at), item, ending, true));
        if (here.lostAnswers > 0) {
            move(name + ", answer lost", w -> w.report(w.processes.get(at), item, ending, false));
        }
    }

    /** Sends a report made in the world that comes next. */
    private void send(int at, Item item, String name, BiFunction<World, Item, Report> report) {
        move(
                name,
                w -> w.deeds.send(w.processes.get(at), item, report.apply(w, item), Fate.ANSWERED));
        if (here.lostAnswers > 0) {
            for (var fate : List.of(Fate.ANSWER_LOST, Fate.DELAYED)) {
                move(
                        name + ", " + fate,
                        w -> w.deeds.send(w.processes.get(at), item, report.apply(w, item), fate));
            }
        }
    }

    /** What others do to jobs, and what is still under way. */
    private void others() {
        for (var late : here.deeds.delayed) {
            move(
                    "a late report of job %d arrives".formatted(late.jobId()),
                    w -> w.deeds.arrive(late));
        }
        boolean slow = here.store instanceof SlowSignal signals && signals.isSignalling();
        if (slow) {
            move("commit signal", w -> ((SlowSignal) w.store).commitSignal());
        } else if (here.deeds.signals > 0 && here.accepted().contains(1L)) {
            if (here.store instanceof SlowSignal) {
                move("begin signal", w -> w.deeds.beginSignal());
            } else {
                move("signal", w -> w.deeds.signal());
            }
        }
        if (here.deeds.cancels > 0) {
            for (long id : here.accepted()) {
                move("cancel job " + id, w -> w.deeds.cancel(id));
            }
        }
        if (here.deeds.kinds.cancels() > 0) {
            move("settle", World::settle);
        }
    }

    private void observe(int at) {
        for (var seen : sightings) {
            boolean sentenced =
                    here.verdicts.stream().anyMatch(v -> v.workerId() == seen.workerId());
            if (here.standsStill(seen.workerId()) && !sentenced) {
                move(
                        "p" + at + " finds worker " + seen.workerId() + " dead",
                        w -> w.sentence(w.processes.get(at), seen));
            }
        }
    }

    private void rescue(Verdict verdict) {
        if (here.processes.get(verdict.observer()).acts()) {
            move("rescue from worker " + verdict.workerId(), w -> w.rescue(verdict));
        }
    }

    private void fate(int at) {
        var me = here.processes.get(at);
        if (!me.alive) {
            move("restart p" + at, w -> w.processes.get(at).alive = true);
            return;
        }
        if (here.deaths > 0 && me.isRegistered()) {
            move("kill p" + at, w -> w.die(w.processes.get(at)));
        }
        if (me.frozen) {
            move("thaw p" + at, w -> w.processes.get(at).frozen = false);
        } else if (here.freezes > 0 && me.isRegistered()) {
            move("freeze p" + at, w -> w.freeze(w.processes.get(at)));
        }
    }
}
