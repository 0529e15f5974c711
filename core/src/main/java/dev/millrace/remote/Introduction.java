package dev.millrace.remote;

import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * What a remote worker says when it registers.
 *
 * @param name its host, process and the like; a name
 * @param version of its program; a name
 * @param queues the queues it serves, with its slots for each
 * @param kinds the kinds it can run, by which it is told why jobs wait; empty when it does not say
 * @param lease how long its beat may stand still, {@link RemoteWork#LEAST_LEASE} to {@link
 *     RemoteWork#MOST_LEASE}
 * @param caller who registers it, by which their workers are counted; empty where nobody has to say
 *     who they are
 */
public record Introduction(
        String name,
        String version,
        Map<String, Integer> queues,
        Set<KindVersion> kinds,
        Duration lease,
        String caller) {
    /** Checks the bounds and copies the queues. */
    public Introduction {
        Names.check("'name'", name);
        Names.check("'version'", version);
        if (lease.compareTo(RemoteWork.LEAST_LEASE) < 0
                || lease.compareTo(RemoteWork.MOST_LEASE) > 0) {
            throw MillraceException.invalid(
                    "'lease' must be 5s to 10m, got %s; heartbeats are sent every third of it"
                            .formatted(lease));
        }
        queues.forEach((queue, slots) -> {
            Names.check("a queue", queue);
            if (slots < 1 || slots > RemoteWork.MOST_HELD) {
                throw MillraceException.invalid(
                        "the slots of queue '%s' must be 1 to %d, got %d; nothing was registered"
                                .formatted(queue, RemoteWork.MOST_HELD, slots));
            }
        });
        if (queues.isEmpty() || queues.size() > ClaimAsk.MOST_QUEUES) {
            throw MillraceException.invalid(
                    "'queues' must name 1 to %d, got %d; nothing was registered"
                            .formatted(ClaimAsk.MOST_QUEUES, queues.size()));
        }
        kinds.forEach(kind -> Names.check("a kind", kind.kind()));
        if (kinds.size() > ClaimAsk.MOST_KINDS) {
            throw MillraceException.invalid(
                    "'kinds' must name at most %d with versions, got %d; nothing was registered"
                            .formatted(ClaimAsk.MOST_KINDS, kinds.size()));
        }
        queues = Map.copyOf(queues);
        kinds = Set.copyOf(kinds);
    }
}
