package dev.millrace.server.command;

import dev.millrace.web.access.Secrets;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.security.SecureRandom;
import java.util.concurrent.Callable;

/** {@code tokens new}. */
@Command(
        name = "new",
        description = {
            "Make a token for a program: print its secret, which is kept nowhere, and its line for"
                    + " the --access file."
        })
final class TokensNewCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private AccessLine whose = new AccessLine();

    TokensNewCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String secret = Secrets.create(new SecureRandom());
        String line = whose.with("token", "sha256:" + Secrets.hash(secret));
        if (session.json()) {
            session.print(new JsonLine().with("secret", secret).with("line", line));
        } else {
            session.console().say("its secret, kept nowhere else: " + secret);
            session.out().println(line);
        }
        return Exit.DONE;
    }
}
