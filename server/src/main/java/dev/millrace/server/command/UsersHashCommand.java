package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.web.access.Passwords;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.security.SecureRandom;
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

    @Mixin private AccessLine whose = new AccessLine();

    UsersHashCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        String password = session.console().secret("Password of " + whose.name());
        if (password.isEmpty()) {
            throw MillraceException.invalid(
                    "the password must be the first line of standard input, got none");
        }
        session.out().println(whose.with("user", Passwords.hash(password, new SecureRandom())));
        return Exit.DONE;
    }
}
