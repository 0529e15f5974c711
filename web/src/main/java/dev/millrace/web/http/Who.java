package dev.millrace.web.http;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Who sends a request, and what they may do. Immutable.
 *
 * @param kind how they said who they are
 * @param name of the user or token; empty for {@link Kind#NOBODY} and {@link Kind#EVERYBODY}
 * @param grants what they may do; together, in no order
 * @param csrf what their page sends back in a header with everything that changes something; empty
 *     when no cookie says who they are
 */
public record Who(Kind kind, String name, List<Grant> grants, String csrf) {
    /** How somebody said who they are. */
    public enum Kind {
        /** Not at all. */
        NOBODY,
        /** They need not: access is open. */
        EVERYBODY,
        /** A person, by a session or by the host application. */
        USER,
        /** A program, by a token. */
        TOKEN
    }

    /** Copies the grants. */
    public Who {
        grants = List.copyOf(grants);
    }

    /** Somebody who did not say who they are, and may do nothing. */
    public static Who nobody() {
        return new Who(Kind.NOBODY, "", List.of(), "");
    }

    /** Anybody, where access is open: may do everything. */
    public static Who everybody() {
        return new Who(Kind.EVERYBODY, "", List.of(new Grant(Role.ADMIN, Grant.EVERY)), "");
    }

    /** A person. */
    public static Who user(String name, List<Grant> grants) {
        return new Who(Kind.USER, name, grants, "");
    }

    /** A program. */
    public static Who token(String name, List<Grant> grants) {
        return new Who(Kind.TOKEN, name, grants, "");
    }

    /** The same, whose unsafe requests have to carry this. */
    public Who csrf(String newCsrf) {
        return new Who(kind, name, grants, newCsrf);
    }

    /** Whether a role is theirs on a queue. */
    public boolean may(Role role, String queue) {
        return grants.stream().anyMatch(each -> each.role().includes(role) && each.covers(queue));
    }

    /** Whether they may know of a queue at all. */
    public boolean sees(String queue) {
        return may(Role.VIEWER, queue);
    }

    /** Whether they may know of every queue. */
    public boolean seesEverything() {
        return mayEverywhere(Role.VIEWER);
    }

    /** Whether a role is theirs on every queue there is or will be. */
    public boolean mayEverywhere(Role role) {
        return grants.stream().anyMatch(each -> each.role().includes(role) && each.isEvery());
    }

    /** Whether a role is theirs on some queue. */
    public boolean maySomewhere(Role role) {
        return grants.stream().anyMatch(each -> each.role().includes(role));
    }

    /** The most they may do anywhere; empty for nobody. */
    public Optional<Role> role() {
        return grants.stream().map(Grant::role).max(Comparator.naturalOrder());
    }

    /**
     * Refuses unless a role is theirs on a queue.
     *
     * @throws Refused with 403, which says the same of queues that are and that are not there
     */
    public void require(Role role, String queue) {
        if (!may(role, queue)) {
            throw new Refused(
                    forbidden(
                            "role %s on queue '%s'".formatted(role.text(), queue),
                            "this takes the role %s on queue '%s'".formatted(role.text(), queue)));
        }
    }

    Problem forbidden(String expected, String detail) {
        return Problem.of(403, "forbidden", detail + "; nothing was done")
                .expectedGot(
                        expected,
                        grants.isEmpty()
                                ? "no role"
                                : grants.stream()
                                        .map(each -> each.role().text() + ":" + each.queues())
                                        .reduce((a, b) -> a + " " + b)
                                        .orElse(""));
    }
}
