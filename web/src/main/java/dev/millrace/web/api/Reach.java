package dev.millrace.web.api;

import dev.millrace.job.JobSnapshot;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueKind;
import dev.millrace.store.Trait;
import dev.millrace.web.http.Problem;
import dev.millrace.web.http.Refused;
import dev.millrace.web.http.Request;
import dev.millrace.web.http.Role;
import dev.millrace.web.http.Who;
import dev.millrace.web.job.Hiding;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * How far somebody's roles reach among jobs. A job of a queue that they may not see is, to them, no
 * job at all; a job never changes its queue, so what was checked once stays true.
 */
final class Reach {
    private Reach() {}

    /**
     * A job that they may see.
     *
     * @throws dev.millrace.web.http.Refused with 404 when there is none
     */
    static JobSnapshot find(JobStore store, Request request, long id) {
        return store.find(id)
                .filter(job -> request.who().sees(job.queue()))
                .orElseThrow(() -> JobRoutes.noSuchJob(id));
    }

    /**
     * The queues that they may see, {@code null} for every one: so that a look goes past the others
     * instead of through them. Cost: nothing for those who may see all, else one round trip.
     */
    static @Nullable Set<String> queues(JobStore store, Who who) {
        return who.seesEverything()
                ? null
                : store.kinds().stream()
                        .map(QueueKind::queue)
                        .filter(who::sees)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Refuses a search in payloads where something in them is hidden: its answers would tell, bit
     * by bit, what.
     */
    static void requireSearch(Hiding hiding, Who who, JobFilter filter) {
        boolean searches =
                filter.text() != null
                        || filter.traits().stream().anyMatch(Trait.Payload.class::isInstance);
        if (searches && !hiding.isNothing() && !who.mayEverywhere(Role.ADMIN)) {
            throw new Refused(
                    Problem.of(
                                    403,
                                    "forbidden",
                                    "something in payloads is hidden, so only whoever has the role"
                                            + " admin on every queue may search in them")
                            .expectedGot("no search in payloads", "one"));
        }
    }

    /** The same for a search in errors, which may quote what is hidden of jobs of a kind. */
    static void requireReason(Hiding hiding, Who who, String kind) {
        if (hiding.covers(kind) && !who.mayEverywhere(Role.ADMIN)) {
            throw new Refused(
                    Problem.of(
                                    403,
                                    "forbidden",
                                    "something of jobs of kind '%s' is hidden, so only whoever has the role admin on every queue may choose them by what their errors say"
                                            .formatted(kind))
                            .expectedGot("no reason", "one"));
        }
    }

    /**
     * Refuses unless they have a role on a job's queue: with 404 when they may not see it. Cost:
     * nothing for those who have it everywhere, else one round trip.
     */
    static void require(JobStore store, Request request, Role role, long id) {
        Who who = request.who();
        if (!who.mayEverywhere(role)) {
            who.require(role, find(store, request, id).queue());
        }
    }
}
