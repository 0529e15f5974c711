package dev.millrace.server.command;

import dev.millrace.web.access.AccessRules;

import picocli.CommandLine.Parameters;

import java.util.List;

/** Who is to be let in, and as what: what makes a line of the access file beside the secret. */
final class AccessLine {
    @Parameters(index = "0", paramLabel = "NAME", description = "Whose.")
    private String name = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "ROLE[:QUEUES]",
            description = {
                "viewer, operator or admin, and on which queues: operator:mail*,reports; for a"
                        + " token also worker, which may run jobs over HTTP and nothing else"
            })
    private List<String> roles = List.of();

    String name() {
        return name;
    }

    /**
     * The line, as the file has it.
     *
     * @param what user or token
     * @param hash of the secret
     * @throws dev.millrace.job.MillraceException when name or roles are none
     */
    String with(String what, String hash) {
        String line = "%s %s %s %s".formatted(what, name, hash, String.join(" ", roles));
        AccessRules.parse("the line of " + name, List.of(line));
        return line;
    }
}
