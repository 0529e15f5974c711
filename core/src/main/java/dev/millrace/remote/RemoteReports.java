package dev.millrace.remote;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.Json;
import dev.millrace.job.LogLine;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.job.Progress;
import dev.millrace.job.RawJson;
import dev.millrace.job.StepRecord;
import dev.millrace.loop.Batcher;
import dev.millrace.store.Carried;
import dev.millrace.store.JobStore;
import dev.millrace.store.Recorded;
import dev.millrace.store.Report;
import dev.millrace.store.ReportStore;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What remote workers leave behind while they run: progress, checkpoints, steps and log lines,
 * fenced by the claim, written in natural batches. Thread-safe.
 *
 * <p>A checkpoint is kept as a handler's own in this language would be, so that either may resume
 * what the other began.
 */
final class RemoteReports {
    private static final Batcher.Bounds BOUNDS =
            new Batcher.Bounds(ReportStore.MAX_REPORTS, 8 << 20, 10_000, 64 << 20, 1);
    private static final double WINDOW_SECONDS = 30;
    private static final String OWN = "";

    private final ReportStore store;
    private final Json json;
    private final Clock clock;
    private final int maxResultBytes;
    private final AtomicLong lastChunk = new AtomicLong();
    private final Batcher<Report, Recorded> batcher;

    RemoteReports(JobStore store, Json json, Clock clock, int maxResultBytes) {
        this.store = store.reports();
        this.json = json;
        this.clock = clock;
        this.maxResultBytes = maxResultBytes;
        this.batcher =
                new Batcher<>(
                        "millrace-remote-reports",
                        BOUNDS,
                        RemoteReports::weight,
                        failure ->
                                !(failure instanceof MillraceException e)
                                        || e.code() != MillraceException.Code.STORE_UNAVAILABLE,
                        reports -> Turns.send(reports, Report::jobId, this.store::report));
    }

    void progress(long jobId, ClaimToken token, long done, long total, @Nullable String message)
            throws InterruptedException {
        Progress before = store.progress(List.of(jobId)).get(jobId);
        send(
                new Report(
                        jobId,
                        token.claim(),
                        token.worker(),
                        paced(before, done, total, message, now()),
                        null,
                        List.of(),
                        null,
                        null));
    }

    /** Smoothed over about half a minute, going by what was said before. */
    static Progress paced(
            @Nullable Progress before,
            long done,
            long total,
            @Nullable String message,
            Instant now) {
        if (before == null || done < before.done()) {
            return new Progress(done, total, message, 0, now);
        }
        if (!now.isAfter(before.at())) {
            return new Progress(done, total, message, before.perSecond(), now);
        }
        double passed = Duration.between(before.at(), now).toNanos() / 1e9;
        double rate = (done - before.done()) / passed;
        double kept = before.perSecond() == 0 ? 0 : Math.exp(-passed / WINDOW_SECONDS);
        return new Progress(
                done, total, message, kept * before.perSecond() + (1 - kept) * rate, now);
    }

    /**
     * Keeps where to resume, and steps that are done.
     *
     * @param cursor JSON text; {@code null} to leave it as it is
     * @param steps results by name, JSON text, in order; those known already stay as they are
     */
    void checkpoint(
            long jobId, ClaimToken token, @Nullable String cursor, Map<String, String> steps)
            throws InterruptedException {
        Carried carried = store.carried(jobId);
        Instant now = now();
        var records = new ArrayList<StepRecord>();
        int place = carried.steps().size();
        for (var step : steps.entrySet()) {
            Names.check("a step's name", step.getKey());
            boolean known = carried.steps().stream().anyMatch(s -> s.name().equals(step.getKey()));
            if (!known) {
                records.add(
                        new StepRecord(
                                ++place,
                                step.getKey(),
                                json.write(
                                        "the result of step '%s'".formatted(step.getKey()),
                                        new RawJson(step.getValue()),
                                        maxResultBytes),
                                1,
                                now));
            }
        }
        if (place > StepRecord.MAX_STEPS) {
            throw MillraceException.invalid(
                    "a job has at most %d steps, got %d; nothing was kept"
                            .formatted(StepRecord.MAX_STEPS, place));
        }
        send(
                new Report(
                        jobId,
                        token.claim(),
                        token.worker(),
                        null,
                        cursor == null ? null : next(jobId, carried.checkpoint(), cursor, now),
                        records,
                        null,
                        null));
    }

    private Checkpoint next(long jobId, @Nullable Checkpoint last, String cursor, Instant now) {
        var cursors = new LinkedHashMap<String, String>();
        if (last != null) {
            cursors.putAll(json.members("the checkpoint of job " + jobId, last.text()));
        }
        cursors.put(OWN, "{\"v\":1,\"c\":" + cursor + "}");
        var text = new StringBuilder("{");
        cursors.forEach((name, value) -> {
            text.append(text.length() > 1 ? "," : "");
            text.append('"').append(name).append("\":").append(value);
        });
        return new Checkpoint(
                last == null ? 1 : last.number() + 1,
                json.write(
                        "checkpoint of job %d".formatted(jobId),
                        new RawJson(text.append('}').toString()),
                        Checkpoint.MAX_BYTES),
                now);
    }

    /** The cursor of the handler's own that a checkpoint holds; {@code null} for none. */
    @Nullable String cursor(long jobId, @Nullable Checkpoint checkpoint) {
        if (checkpoint == null) {
            return null;
        }
        String what = "the checkpoint of job " + jobId;
        String own = json.members(what, checkpoint.text()).get(OWN);
        return own == null ? null : json.members(what, own).get("c");
    }

    Carried carried(long jobId) {
        return store.carried(jobId);
    }

    void log(long jobId, ClaimToken token, List<LogLine> lines) throws InterruptedException {
        Instant now = now();
        // never below what is there, whatever the clock says, and never one number twice
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        long least = Math.max(micros, store.lastChunks(List.of(jobId)).getOrDefault(jobId, 0L) + 1);
        long number = lastChunk.updateAndGet(last -> Math.max(last + 1, least));
        send(
                new Report(
                        jobId,
                        token.claim(),
                        token.worker(),
                        null,
                        null,
                        List.of(),
                        new Report.LogChunk(number, lines),
                        null));
    }

    private void send(Report report) throws InterruptedException {
        switch (batcher.submit(report)) {
            case RECORDED, ALREADY -> {
                // kept
            }
            case LOST -> throw RemoteEndings.lost(report.jobId());
            case BUSY ->
                    throw new MillraceException(
                            MillraceException.Code.STORE_UNAVAILABLE,
                            "job %d is being written to; say it again".formatted(report.jobId()));
        }
    }

    private static long weight(Report report) {
        Checkpoint checkpoint = report.checkpoint();
        Report.LogChunk log = report.log();
        long chars = checkpoint == null ? 0 : checkpoint.text().length();
        chars += report.steps().stream().mapToLong(step -> step.result().length()).sum();
        return chars
                + (log == null
                        ? 0
                        : log.lines().stream().mapToLong(line -> line.message().length()).sum());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
