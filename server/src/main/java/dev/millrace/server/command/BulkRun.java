package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.Millrace;
import dev.millrace.admin.BulkAction;
import dev.millrace.job.JobState;
import dev.millrace.web.text.JsonLine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An action on all jobs that filters let through: counted first, then agreed to, then done with a
 * bar that shows how far it is. When the process is told to end, it ends after the step under way
 * and says how far it came.
 */
final class BulkRun {
    private static final int COUNTED = 10_000;
    private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();
    private static final Duration LAST_STEP = Duration.ofSeconds(30);

    private final Session session;
    private final Selection selection;
    private final BulkAction.Kind kind;
    private final String reason;

    BulkRun(Session session, Selection selection, BulkAction.Kind kind, String reason) {
        this.session = session;
        this.selection = selection;
        this.kind = kind;
        this.reason = reason;
    }

    /** Does it and answers the exit code. */
    int call() throws InterruptedException {
        try (var millrace =
                Millrace.builder().clock(session.clock()).store(session.openStore()).start()) {
            var action = millrace.bulk(kind, selection.filter().filter(), reason);
            BulkAction.Preview preview = action.preview(COUNTED);
            if ((preview.matching() > 0 || preview.isAtLeast()) && !agreed(preview)) {
                return Exit.USAGE;
            }
            return run(action, preview);
        }
    }

    private boolean agreed(BulkAction.Preview preview) {
        if (selection.isAgreed(session)) {
            return true;
        }
        String examples = preview.examples().stream().map(String::valueOf).collect(joining(", "));
        String text =
                "%s jobs would be %s: %s%s"
                        .formatted(
                                matching(preview),
                                JobActs.done(kind),
                                examples,
                                preview.matching() > preview.examples().size() ? ", …" : "");
        if (!session.console().interactive()) {
            if (session.json()) {
                session.print(
                        json(preview).with("ran", false).with("examples", preview.examples()));
            } else {
                session.out().println(text);
            }
            session.out().flush();
            session.console().say("--yes is needed where nobody can be asked; nothing was done");
            return false;
        }
        session.console().say(text);
        try {
            boolean agrees = session.console().agrees(kind.text() + " them?");
            if (!agrees) {
                session.console().say("nothing was done");
            }
            return agrees;
        } catch (IOException e) {
            throw new UncheckedIOException("the answer could not be read; nothing was done", e);
        }
    }

    private static String matching(BulkAction.Preview preview) {
        return (preview.isAtLeast() ? "at least " : "") + preview.matching();
    }

    private int run(BulkAction action, BulkAction.Preview preview) throws InterruptedException {
        var told = new CountDownLatch(1);
        Thread hook =
                Thread.ofPlatform()
                        .name("millrace-stop")
                        .unstarted(() -> stopAndWait(action, told));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            BulkAction.Progress progress = watched(action, preview);
            return answer(progress, preview);
        } finally {
            told.countDown();
            forget(hook);
        }
    }

    private static void stopAndWait(BulkAction action, CountDownLatch told) {
        action.cancel();
        try {
            boolean inTime = told.await(LAST_STEP.toNanos(), TimeUnit.NANOSECONDS);
            assert inTime : "a step has bounds of its own";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process ends already and the hook has run or runs: nothing is left to remove
            session.out().flush();
        }
    }

    /** Waits until it has ended; an interrupt stops it, as a signal does. */
    private BulkAction.Progress watched(BulkAction action, BulkAction.Preview preview)
            throws InterruptedException {
        var task = new FutureTask<>(action::run);
        boolean interrupted = false;
        try (var bar = session.bar()) {
            Thread.ofVirtual().name("millrace-bulk-" + kind.text()).start(task);
            while (!task.isDone()) {
                BulkAction.Progress now = action.progress();
                bar.show(
                        "%s: %d of %s looked at, %d done"
                                .formatted(
                                        kind.text(), now.looked(), matching(preview), now.done()));
                LockSupport.parkNanos(LOOK_NANOS);
                if (Thread.interrupted()) {
                    interrupted = true;
                    action.cancel();
                }
            }
            return task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a bulk action broke", e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private int answer(BulkAction.Progress progress, BulkAction.Preview preview) {
        boolean done = progress.phase() == BulkAction.Phase.DONE;
        long left = done ? 0 : Math.max(0, preview.matching() - progress.looked());
        if (session.json()) {
            session.print(
                    json(preview)
                            .with("ran", true)
                            .with("phase", progress.phase().name().toLowerCase(Locale.ROOT))
                            .with("looked", progress.looked())
                            .with("done", progress.done())
                            .with("left", left)
                            .withKnown("failure", progress.failure()));
        } else if (done) {
            session.out().println(done(progress));
        } else {
            session.out()
                    .println(
                            "stopped: %d of %s looked at, %d %s; the others are as they were"
                                    .formatted(
                                            progress.looked(),
                                            matching(preview),
                                            progress.done(),
                                            JobActs.done(kind)));
        }
        session.out().flush();
        if (progress.failure() != null) {
            session.console().say(progress.failure());
        }
        return done ? Exit.DONE : Exit.FAILED;
    }

    private JsonLine json(BulkAction.Preview preview) {
        return new JsonLine()
                .with("action", kind.text())
                .with("matching", preview.matching())
                .with("atLeast", preview.isAtLeast());
    }

    private String done(BulkAction.Progress progress) {
        long movedOn = progress.looked() - progress.done();
        JobState.Name state = selection.filter().state();
        boolean mayRun = state == null || state == JobState.Name.RUNNING;
        return "%d %s%s%s"
                .formatted(
                        progress.done(),
                        JobActs.done(kind),
                        kind == BulkAction.Kind.CANCEL && mayRun && progress.done() > 0
                                ? " (those that run are asked to end)"
                                : "",
                        movedOn == 0 ? "" : ", %d had moved on".formatted(movedOn));
    }
}
