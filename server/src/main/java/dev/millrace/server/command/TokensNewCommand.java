package dev.millrace.server.command;

import dev.millrace.web.access.AccessRules;
import dev.millrace.web.access.Secrets;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.security.SecureRandom;
import java.util.List;
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

    @Parameters(index = "0", paramLabel = "NAME", description = "Whose.")
    private String name = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "ROLE[:QUEUES]",
            description = "viewer, operator or admin, and on which queues: operator:mail*,reports")
    private List<String> roles = List.of();

    TokensNewCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String secret = Secrets.create(new SecureRandom());
        String line =
                "token %s sha256:%s %s"
                        .formatted(name, Secrets.hash(secret), String.join(" ", roles));
        AccessRules.parse("the line of " + name, List.of(line));
        if (session.json()) {
            session.print(new JsonLine().with("secret", secret).with("line", line));
        } else {
            session.console().say("its secret, kept nowhere else: " + secret);
            session.out().println(line);
        }
        return Exit.DONE;
    }
}
