package dev.millrace.worker;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What earlier attempts of a job left for this one, and what this one adds: cursors by name, steps,
 * signals. Read from the store when first needed. Thread-safe.
 */
final class Carry {
    private final Reporter reporter;
    private final Json json;
    private final long jobId;
    private boolean loaded;

    /** The last checkpoint may or may not come to be: look before another builds upon it. */
    private boolean doubted;

    private long number;
    private final Map<String, Cursor> cursors = new LinkedHashMap<>();
    private final Map<String, StepRecord> steps = new HashMap<>();
    private final List<String> order = new ArrayList<>();
    private final Map<String, List<String>> signals = new HashMap<>();

    /** A cursor as it is kept. */
    record Cursor(int version, String text) {}

    Carry(Reporter reporter, Json json, long jobId) {
        this.reporter = reporter;
        this.json = json;
        this.jobId = jobId;
    }

    synchronized Optional<Cursor> cursor(String name) {
        load();
        if (doubted) {
            // one that was rolled back is not there
            take(reporter.carried(jobId).checkpoint());
        }
        return Optional.ofNullable(cursors.get(name));
    }

    /** The checkpoint that follows the present one, with this cursor replaced. */
    synchronized Checkpoint next(String name, Cursor cursor, Instant now) {
        load();
        if (doubted) {
            take(reporter.carried(jobId).checkpoint());
            doubted = false;
        }
        return follow(name, cursor, now);
    }

    /**
     * The same, in the handler's own transaction, which may hold a checkpoint that nobody else sees
     * yet and may still be rolled back.
     */
    synchronized Checkpoint next(Connection connection, String name, Cursor cursor, Instant now) {
        load();
        if (doubted) {
            take(reporter.store().checkpoint(connection, jobId).orElse(null));
        }
        doubted = true;
        return follow(name, cursor, now);
    }

    private Checkpoint follow(String name, Cursor cursor, Instant now) {
        var next = new LinkedHashMap<>(cursors);
        next.put(name, cursor);
        String text = text(next);
        cursors.put(name, cursor);
        return new Checkpoint(++number, text, now);
    }

    synchronized Optional<StepRecord> step(String name) {
        load();
        return Optional.ofNullable(steps.get(name));
    }

    /** The name of the step that earlier attempts recorded in this place, 0 for the first. */
    synchronized Optional<String> stepAt(int place) {
        load();
        return place < order.size() ? Optional.of(order.get(place)) : Optional.empty();
    }

    synchronized int steps() {
        load();
        return order.size();
    }

    /** The names of all recorded steps, in order. */
    synchronized List<String> stepNames() {
        load();
        return List.copyOf(order);
    }

    /** Refuses a step for which there is no place left. */
    synchronized void requirePlace(String name) {
        load();
        if (order.size() >= StepRecord.MAX_STEPS) {
            throw MillraceException.invalid(
                    ("a job may have at most %d steps, got one more: '%s'; nothing of it is kept;"
                                    + " use a walk for many like things")
                            .formatted(StepRecord.MAX_STEPS, name));
        }
    }

    /** Adds a step in the next place. */
    synchronized StepRecord add(String name, String result, int tries, Instant now) {
        requirePlace(name);
        order.add(name);
        var step = new StepRecord(order.size(), name, result, tries, now);
        steps.put(name, step);
        return step;
    }

    /**
     * The payload of the signal of this name that came as number {@code place}, 0 for the first.
     */
    synchronized Optional<String> signal(String name, int place) {
        load();
        List<String> sent = signals.getOrDefault(name, List.of());
        return place < sent.size() ? Optional.of(sent.get(place)) : Optional.empty();
    }

    private void load() {
        if (loaded) {
            return;
        }
        Carried carried = reporter.carried(jobId);
        take(carried.checkpoint());
        for (StepRecord step : carried.steps()) {
            steps.put(step.name(), step);
            order.add(step.name());
        }
        for (Carried.Signal signal : carried.signals()) {
            signals.computeIfAbsent(signal.name(), name -> new ArrayList<>()).add(signal.payload());
        }
        loaded = true;
    }

    private void take(@Nullable Checkpoint checkpoint) {
        cursors.clear();
        number = checkpoint == null ? 0 : checkpoint.number();
        if (checkpoint != null) {
            read(checkpoint);
        }
    }

    private void read(Checkpoint checkpoint) {
        String what = "checkpoint %d of job %d".formatted(checkpoint.number(), jobId);
        json.members(what, checkpoint.text())
                .forEach((name, text) -> {
                    Map<String, String> parts = json.members(what, text);
                    String version = part(what, parts, "v");
                    cursors.put(
                            name,
                            new Cursor(
                                    json.read(what, version, Integer.class),
                                    part(what, parts, "c")));
                });
    }

    private static String part(String what, Map<String, String> parts, String name) {
        @Nullable String part = parts.get(name);
        if (part == null) {
            throw MillraceException.invalid(
                    "%s must have a member '%s' in each cursor".formatted(what, name));
        }
        return part;
    }

    private String text(Map<String, Cursor> all) {
        var text = new StringBuilder("{");
        all.forEach((name, cursor) -> {
            if (text.length() > 1) {
                text.append(',');
            }
            text.append('"').append(name).append("\":{\"v\":").append(cursor.version());
            text.append(",\"c\":").append(cursor.text()).append('}');
        });
        return json.write(
                "checkpoint of job %d".formatted(jobId),
                new RawJson(text.append('}').toString()),
                Checkpoint.MAX_BYTES);
    }
}
