package dev.millrace.worker;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.StepRecord;
import dev.millrace.store.Carried;

import org.jspecify.annotations.Nullable;

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

    /**
     * A checkpoint in a transaction of the handler's own may or may not have come to be: look
     * before another builds upon it, and whether what was built was not outrun.
     */
    private boolean doubted;

    /** How many checkpoints were left in transactions; how many when the last other was built. */
    private long transactions;

    private long transactionsBuiltUpon;
    private long number;
    private long firstNumber;
    private @Nullable Instant checkpointAt;
    private final Map<String, Cursor> cursors = new LinkedHashMap<>();
    private final Map<String, StepRecord> steps = new LinkedHashMap<>();

    /** The names of those steps that the handler's own thread did. */
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

    /** When the last checkpoint that was read was left. */
    synchronized Optional<Instant> checkpointAt() {
        return Optional.ofNullable(checkpointAt);
    }

    /** The checkpoint that follows the present one, with this cursor replaced. */
    synchronized Checkpoint next(String name, Cursor cursor, Instant now) {
        load();
        if (doubted) {
            take(reporter.carried(jobId).checkpoint());
        }
        transactionsBuiltUpon = transactions;
        return follow(name, cursor, now);
    }

    /**
     * The same, in the handler's own transaction, which may still be rolled back.
     *
     * @param seen the present one, as that transaction sees it
     */
    synchronized Checkpoint next(
            @Nullable Checkpoint seen, String name, Cursor cursor, Instant now) {
        load();
        take(seen);
        doubted = true;
        transactions++;
        return follow(name, cursor, now);
    }

    /**
     * Whether a transaction of the handler's own came first with a checkpoint that does not hold
     * this cursor, which was to be kept meanwhile: it has to be built anew. Its number is one more
     * than that on which it was built, so the store has left the other's in place.
     */
    synchronized boolean isOutrun(String name, Cursor cursor) {
        if (!doubted) {
            return false;
        }
        take(reporter.carried(jobId).checkpoint());
        boolean outrun = !cursor.equals(cursors.get(name));
        // what was open when it was built has ended, or the store would not have taken it
        doubted = outrun || transactions != transactionsBuiltUpon;
        return outrun;
    }

    /** Whether a checkpoint was kept in this attempt by a transaction of the handler's own. */
    synchronized boolean hasMovedInTransaction() {
        if (transactions == 0) {
            return false;
        }
        Checkpoint last = reporter.carried(jobId).checkpoint();
        return last != null && last.number() > firstNumber;
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

    /** The name of the step that the handler's own thread did in this place, 0 for the first. */
    synchronized Optional<String> stepAt(int place) {
        load();
        return place < order.size() ? Optional.of(order.get(place)) : Optional.empty();
    }

    /** The names of all recorded steps. */
    synchronized List<String> stepNames() {
        load();
        return List.copyOf(steps.keySet());
    }

    /** Refuses a step for which there is no place left. */
    synchronized void requirePlace(String name) {
        load();
        if (steps.size() >= StepRecord.MAX_STEPS) {
            throw MillraceException.invalid(
                    ("a job may have at most %d steps, got one more: '%s'; nothing of it is kept;"
                                    + " use a walk for many like things")
                            .formatted(StepRecord.MAX_STEPS, name));
        }
    }

    /**
     * Adds a step in the next place.
     *
     * @param inOrder whether the handler's own thread did it
     */
    synchronized StepRecord add(
            String name, String result, int tries, boolean inOrder, Instant now) {
        requirePlace(name);
        if (inOrder) {
            order.add(name);
        }
        int place = inOrder ? order.size() : StepRecord.BESIDE + steps.size() - order.size();
        var step = new StepRecord(place, name, result, tries, now);
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
        firstNumber = number;
        for (StepRecord step : carried.steps()) {
            steps.put(step.name(), step);
            if (step.isInOrder()) {
                order.add(step.name());
            }
        }
        for (Carried.Signal signal : carried.signals()) {
            signals.computeIfAbsent(signal.name(), name -> new ArrayList<>()).add(signal.payload());
        }
        loaded = true;
    }

    private void take(@Nullable Checkpoint checkpoint) {
        cursors.clear();
        number = checkpoint == null ? 0 : checkpoint.number();
        checkpointAt = checkpoint == null ? null : checkpoint.at();
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
