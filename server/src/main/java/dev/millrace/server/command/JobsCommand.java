package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs}: only the door to its commands. */
@Command(
        name = "jobs",
        synopsisSubcommandLabel = "COMMAND",
        description = "Look at jobs, wait for them, run them again.")
final class JobsCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "expected one of %s, got none"
                        .formatted(String.join(", ", spec.subcommands().keySet())));
    }
}
