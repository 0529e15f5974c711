package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Passwords;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code users hash}. */
@Command(
        name = "hash",
        description = {
            "Print the line of a user for the --access file; the password is typed, or the"
                    + " first line of standard input.",
            "It is hashed by argon2id and kept nowhere."
        })
final class UsersHashCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "Who.")
    private String name = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "ROLE[:QUEUES]",
            description = "viewer, operator or admin, and on which queues: operator:mail*,reports")
    private List<String> roles = List.of();

    UsersHashCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        String password = session.console().secret("Password of " + name);
        if (password.isEmpty()) {
            throw MillraceException.invalid(
                    "the password must be the first line of standard input, got none");
        }
        String line =
                "user %s %s %s"
                        .formatted(
                                name,
                                Passwords.hash(password, new SecureRandom()),
                                String.join(" ", roles));
        AccessRules.parse("the line of " + name, List.of(line));
        session.out().println(line);
        return Exit.DONE;
    }
}
