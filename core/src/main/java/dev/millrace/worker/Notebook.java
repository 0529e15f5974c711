package dev.millrace.worker;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What one attempt has to report and has not yet: the newest progress, the newest checkpoint, steps
 * and log lines. Filled by the handler's threads, emptied by the {@link Reporter}. Thread-safe.
 */
final class Notebook {
    /** What a line counts for besides its characters, as in the stores. */
    private static final int CHARS_PER_LINE = 16;

    private static final long UNKNOWN = -1;

    private final ClaimedJob job;
    private final long workerId;
    private @Nullable Progress progress;
    private @Nullable Checkpoint checkpoint;
    private List<StepRecord> steps = new ArrayList<>();
    private final ArrayDeque<LogLine> lines = new ArrayDeque<>();
    private long chars;
    private @Nullable StackNote stack;
    private @Nullable Report open;
    private long lastChunk = UNKNOWN;
    private long refusals;
    private @Nullable RuntimeException refusal;

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

    /**
     * Answers whether so many lines wait that the next writer should wait for them. Lines that no
     * store would keep beside the newer ones are dropped, so that a handler that cannot wait, since
     * it was interrupted or has lost its claim, fills no memory.
     */
    synchronized boolean log(LogLine line) {
        lines.add(line);
        chars += chars(line);
        while (chars - chars(lines.element()) >= LogLine.MAX_LOG) {
            chars -= chars(lines.remove());
        }
        return lines.size() >= Report.MAX_LINES;
    }

    synchronized void stack(StackNote note) {
        stack = note;
    }

    /** About how many characters a report of it would have. */
    synchronized long weight() {
        Checkpoint kept = checkpoint;
        return chars
                + (kept == null ? 0 : kept.text().length())
                + steps.stream().mapToLong(step -> step.result().length()).sum();
    }

    synchronized boolean isEmpty() {
        return open == null
                && progress == null
                && checkpoint == null
                && steps.isEmpty()
                && lines.isEmpty()
                && stack == null;
    }

    /** Whether there are lines to send and it is not known what the job's log holds before them. */
    synchronized boolean wantsNumber() {
        return lastChunk == UNKNOWN && !lines.isEmpty();
    }

    /** Lines come after this part of the job's log, which earlier attempts left; 0 for none. */
    synchronized void numberAfter(long last) {
        lastChunk = last;
    }

    /**
     * What to send: all that was noted and is not sent yet, but not more than a report's lines.
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

    /** What was opened was sent. */
    synchronized void close() {
        open = null;
    }

    /** What was opened can never be written. */
    synchronized void refuse(RuntimeException why) {
        open = null;
        refusals++;
        refusal = why;
    }

    /** How often something noted was refused. */
    synchronized long refusals() {
        return refusals;
    }

    /** Why something was refused since that was answered; {@code null} if nothing was. */
    synchronized @Nullable RuntimeException refusedSince(long before) {
        return refusals == before ? null : refusal;
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
            log.lines().reversed().forEach(lines::addFirst);
            log.lines().forEach(line -> chars += chars(line));
        }
    }

    private Report.@Nullable LogChunk chunk() {
        if (lines.isEmpty() || lastChunk == UNKNOWN) {
            // those that came just now wait for the next report
            return null;
        }
        var head = new ArrayList<LogLine>(Math.min(lines.size(), Report.MAX_LINES));
        while (head.size() < Report.MAX_LINES && !lines.isEmpty()) {
            LogLine line = lines.remove();
            chars -= chars(line);
            head.add(line);
        }
        return new Report.LogChunk(++lastChunk, head);
    }

    private static long chars(LogLine line) {
        return (long) CHARS_PER_LINE + line.message().length();
    }
}
