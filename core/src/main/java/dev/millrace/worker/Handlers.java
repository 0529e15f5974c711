package dev.millrace.worker;

import dev.millrace.job.Handler;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Task;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which code runs which kind of work. Filled before the worker starts, then only read. */
public final class Handlers {
    private final Map<KindVersion, Bound<?>> byKind = new LinkedHashMap<>();

    /** No code for any kind yet. */
    public Handlers() {}

    /**
     * A task with its code.
     *
     * @param <P> the payload's type
     */
    public record Bound<P>(Task<P> task, Handler<P> handler) {}

    /**
     * Binds code to a task, to its former names and to the older versions that it reads.
     *
     * @throws MillraceException with {@code invalid-configuration} when the kind has code already
     */
    public <P> void add(Task<P> task, Handler<P> handler) {
        var bound = new Bound<>(task, handler);
        for (KindVersion key : task.runs()) {
            if (byKind.putIfAbsent(key, bound) != null) {
                throw new MillraceException(
                        MillraceException.Code.INVALID_CONFIGURATION,
                        ("each kind must have one handler, got two for '%s' version %d; nothing was"
                                        + " started")
                                .formatted(key.kind(), key.version()));
            }
        }
    }

    /** The kinds and versions with code: what a worker may claim. */
    public Set<KindVersion> kinds() {
        return Set.copyOf(byKind.keySet());
    }

    /** The code for a kind in a version. */
    public Optional<Bound<?>> find(String kind, int version) {
        return Optional.ofNullable(byKind.get(new KindVersion(kind, version)));
    }
}
