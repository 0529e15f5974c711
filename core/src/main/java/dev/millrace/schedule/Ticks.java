package dev.millrace.schedule;

import dev.millrace.job.JobRequest;
import dev.millrace.job.RawJson;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Optional;

/**
 * How a job tells which tick it belongs to: by the tags {@code schedule:NAME} and {@code
 * tick:MOMENT}, which its handler and everybody who looks at it can read.
 */
public final class Ticks {
    /** What a tag with a schedule's name begins with. */
    public static final String SCHEDULE = "schedule:";

    /** What a tag with a tick's moment begins with. */
    public static final String TICK = "tick:";

    private Ticks() {}

    static JobRequest<RawJson> request(String name, Instant at, Definition definition) {
        return definition.request().tag(SCHEDULE + name).tag(TICK + at);
    }

    /** The schedule that a job with these tags belongs to. */
    public static Optional<String> schedule(Collection<String> tags) {
        return first(tags, SCHEDULE);
    }

    /** The moment of the tick that a job with these tags belongs to. */
    public static Optional<Instant> moment(Collection<String> tags) {
        return first(tags, TICK).flatMap(Ticks::moment);
    }

    private static Optional<Instant> moment(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException e) {
            // a tag of somebody else's
            return Optional.empty();
        }
    }

    private static Optional<String> first(Collection<String> tags, String prefix) {
        return tags.stream()
                .filter(tag -> tag.startsWith(prefix))
                .map(tag -> tag.substring(prefix.length()))
                .findFirst();
    }
}
