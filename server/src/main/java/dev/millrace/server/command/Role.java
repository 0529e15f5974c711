package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.MillraceException;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a process may do. */
enum Role {
    /** Serves HTTP. */
    WEB,
    /** Runs jobs. */
    WORKER,
    /** May do what one process of a cluster does for all: schedules, pruning, summing. */
    LEADER;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The roles that a list names.
     *
     * @throws MillraceException with {@code invalid-input} when one is unknown or none is named
     */
    static Set<Role> parse(String list) {
        var roles = EnumSet.noneOf(Role.class);
        for (String each : list.split(",", -1)) {
            roles.add(
                    Arrays.stream(values())
                            .filter(role -> role.text().equals(each.strip()))
                            .findFirst()
                            .orElseThrow(() ->
                                    MillraceException.invalid(
                                            "--roles must name some of %s, got '%s'; nothing was"
                                                            .formatted(all(), list)
                                                    + " started")));
        }
        return roles;
    }

    static String all() {
        return Arrays.stream(values()).map(Role::text).collect(joining(","));
    }
}
