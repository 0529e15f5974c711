package dev.millrace.testkit;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.LogLine;
import dev.millrace.job.Progress;
import dev.millrace.job.StackNote;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;
import dev.millrace.store.Report;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a job has left behind. Immutable.
 *
 * @param steps by place
 * @param log chunks by number
 * @param stackWanted whether somebody asked for a stack that did not come yet
 */
record MemoryNotes(
        @Nullable Progress progress,
        @Nullable Checkpoint checkpoint,
        List<StepRecord> steps,
        List<Report.LogChunk> log,
        @Nullable StackNote stack,
        boolean stackWanted,
        List<Carried.Signal> signals) {
    static final MemoryNotes NONE =
            new MemoryNotes(null, null, List.of(), List.of(), null, false, List.of());

    MemoryNotes {
        steps = List.copyOf(steps);
        log = List.copyOf(log);
        signals = List.copyOf(signals);
    }

    /** With what was reported since. */
    MemoryNotes with(Report report) {
        var newStack = report.stack();
        return new MemoryNotes(
                newer(report.progress()),
                moves(report) ? kept(report.checkpoint()) : checkpoint,
                more(report.steps()),
                longer(report.log()),
                newStack == null ? stack : new StackNote(newStack.text(), micros(newStack.at())),
                stackWanted && newStack == null,
                signals);
    }

    /** Whether a report has a checkpoint that replaces the present one. */
    boolean moves(Report report) {
        var next = report.checkpoint();
        return next != null && (checkpoint == null || next.number() > checkpoint.number());
    }

    MemoryNotes with(Carried.Signal signal) {
        var more = new ArrayList<>(signals);
        more.add(signal);
        return new MemoryNotes(progress, checkpoint, steps, log, stack, stackWanted, more);
    }

    MemoryNotes askedForStack() {
        return new MemoryNotes(progress, checkpoint, steps, log, stack, true, signals);
    }

    /** How many signals of this name it was sent. */
    int count(String signal) {
        return (int) signals.stream().filter(each -> each.name().equals(signal)).count();
    }

    Carried carried() {
        return new Carried(checkpoint, steps, signals);
    }

    List<LogLine> lines() {
        return log.stream().flatMap(chunk -> chunk.lines().stream()).toList();
    }

    /** What counts for what can happen next, in short; see {@link MemoryStore#outline}. */
    String outline() {
        var text = new StringBuilder();
        if (checkpoint != null) {
            text.append('c').append(checkpoint.number());
        }
        steps.forEach(step -> text.append('t').append(step.name()));
        signals.forEach(signal -> text.append('g').append(signal.name()));
        return text.toString();
    }

    private @Nullable Progress newer(@Nullable Progress next) {
        if (next == null || (progress != null && progress.at().isAfter(micros(next.at())))) {
            return progress;
        }
        return new Progress(
                next.done(), next.total(), next.message(), next.perSecond(), micros(next.at()));
    }

    private static @Nullable Checkpoint kept(@Nullable Checkpoint next) {
        return next == null ? null : new Checkpoint(next.number(), next.text(), micros(next.at()));
    }

    private List<StepRecord> more(List<StepRecord> reported) {
        if (reported.isEmpty()) {
            return steps;
        }
        var names = steps.stream().map(StepRecord::name).collect(Collectors.toSet());
        var all = new ArrayList<>(steps);
        for (var step : reported) {
            if (names.add(step.name())) {
                all.add(
                        new StepRecord(
                                step.place(),
                                step.name(),
                                step.result(),
                                step.tries(),
                                micros(step.at())));
            }
        }
        all.sort(Comparator.comparingInt(StepRecord::place));
        return all;
    }

    private List<Report.LogChunk> longer(Report.@Nullable LogChunk next) {
        if (next == null || log.stream().anyMatch(chunk -> chunk.number() == next.number())) {
            return log;
        }
        var lines =
                next.lines().stream()
                        .map(line -> new LogLine(micros(line.at()), line.level(), line.message()))
                        .toList();
        var chunks = new TreeMap<Long, List<LogLine>>();
        log.forEach(chunk -> chunks.put(chunk.number(), chunk.lines()));
        chunks.put(next.number(), lines);
        return newest(chunks);
    }

    private static List<Report.LogChunk> newest(TreeMap<Long, List<LogLine>> chunks) {
        var kept = new ArrayList<Report.LogChunk>();
        long characters = 0;
        for (var chunk : chunks.descendingMap().entrySet()) {
            var lines = new ArrayList<LogLine>();
            for (var line : chunk.getValue().reversed()) {
                characters += line.message().length();
                if (characters <= LogLine.MAX_LOG) {
                    lines.add(line);
                }
            }
            if (!lines.isEmpty()) {
                kept.add(new Report.LogChunk(chunk.getKey(), lines.reversed()));
            }
        }
        return kept.reversed();
    }

    private static Instant micros(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS);
    }
}
