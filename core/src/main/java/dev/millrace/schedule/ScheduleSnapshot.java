package dev.millrace.schedule;

import dev.millrace.store.ScheduleRow;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A schedule as it stands.
 *
 * @param row as it is stored
 * @param definition what it is; {@code null} when a newer program wrote it in a way that this one
 *     does not know
 */
public record ScheduleSnapshot(ScheduleRow row, @Nullable Definition definition) {
    /** The most ticks of a preview. */
    public static final int MOST_PREVIEWED = 1_000;

    /** Its name. */
    public String name() {
        return row.name();
    }

    /**
     * The next ticks if nothing changes, from its next one on, whether it is paused or not. Those
     * of a schedule that waits for its run are not known.
     *
     * @param count 1 to {@value #MOST_PREVIEWED}
     */
    public List<Instant> preview(int count, Instant now) {
        Instant known = row.state().nextAt();
        if (definition == null) {
            return known == null ? List.of() : List.of(known);
        }
        if (definition.schedule().when() instanceof When.AfterCompletion) {
            return known == null ? List.of() : List.of(known);
        }
        if (known == null) {
            return List.of();
        }
        return preview(
                definition.schedule(),
                known.isAfter(now) ? known.minusNanos(1_000) : now,
                row.createdAt(),
                count);
    }

    /**
     * The first ticks of a schedule after a moment.
     *
     * @param made when it is made: rates count from there
     * @param count 1 to {@value #MOST_PREVIEWED}; fewer when no more come
     */
    public static List<Instant> preview(Schedule schedule, Instant after, Instant made, int count) {
        var ticks = new ArrayList<Instant>();
        Instant next = schedule.next(after, made).orElse(null);
        boolean once = schedule.when() instanceof When.AfterCompletion;
        while (next != null && ticks.size() < Math.min(count, once ? 1 : MOST_PREVIEWED)) {
            ticks.add(next);
            next = schedule.next(next, made).orElse(null);
        }
        return ticks;
    }
}
