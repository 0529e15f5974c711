package dev.millrace.worker;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What one attempt has to report and has not yet: the newest progress, the newest checkpoint, steps
 * and log lines. Filled by the handler's threads, emptied by the {@link Reporter}. Thread-safe.
 */
final class Notebook {
    private final ClaimedJob job;
    private final long workerId;
    private @Nullable Progress progress;
    private @Nullable Checkpoint checkpoint;
    private List<StepRecord> steps = new ArrayList<>();
    private List<LogLine> lines = new ArrayList<>();
    private @Nullable StackNote stack;
    private @Nullable Report open;
    private long lastChunk;

    Notebook(ClaimedJob job, long workerId) {
        this.job = job;
        this.workerId = workerId;
    }

    synchronized void progress(Progress newest) {
        progress = newest;
    }

    synchronized void checkpoint(Checkpoint newest) {
        checkpoint = newest;
    }

    synchronized void step(StepRecord step) {
        steps.add(step);
    }

    /** Answers whether so many lines wait that the next writer should wait for them. */
    synchronized boolean log(LogLine line) {
        lines.add(line);
        return lines.size() >= Report.MAX_LINES;
    }

    synchronized void stack(StackNote note) {
        stack = note;
    }

    synchronized boolean isEmpty() {
        return open == null
                && progress == null
                && checkpoint == null
                && steps.isEmpty()
                && lines.isEmpty()
                && stack == null;
    }

    /**
     * What to send: all that was written since the last time, or again what could not be sent then.
     * Only the one flushing thread calls it.
     */
    synchronized Report open() {
        if (open == null) {
            open =
                    new Report(
                            job.id(),
                            job.claimId(),
                            workerId,
                            progress,
                            checkpoint,
                            steps,
                            chunk(),
                            stack);
            progress = null;
            checkpoint = null;
            stack = null;
            steps = new ArrayList<>();
        }
        return open;
    }

    /** What was opened was sent, or can never be. */
    synchronized void close() {
        open = null;
    }

    /** What was opened was not written: it goes out again, with what was noted since. */
    synchronized void putBack() {
        Report unsent = open;
        open = null;
        if (unsent == null) {
            return;
        }
        progress = progress == null ? unsent.progress() : progress;
        checkpoint = checkpoint == null ? unsent.checkpoint() : checkpoint;
        stack = stack == null ? unsent.stack() : stack;
        steps.addAll(0, unsent.steps());
        var log = unsent.log();
        if (log != null) {
            lines.addAll(0, log.lines());
        }
    }

    private Report.@Nullable LogChunk chunk() {
        if (lines.isEmpty()) {
            return null;
        }
        int taken = Math.min(lines.size(), Report.MAX_LINES);
        var head = List.copyOf(lines.subList(0, taken));
        lines = new ArrayList<>(lines.subList(taken, lines.size()));
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, head.getFirst().at());
        lastChunk = Math.max(lastChunk + 1, micros);
        return new Report.LogChunk(lastChunk, head);
    }
}
