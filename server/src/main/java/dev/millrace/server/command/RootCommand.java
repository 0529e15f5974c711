package dev.millrace.server.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program without a command: only refuses, naming what there is. */
@Command(
        name = "millrace",
        mixinStandardHelpOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        description = "Background jobs: enqueue them, run them, look at them.",
        footer = {
            "",
            "Every option has an environment twin (--store is MILLRACE_STORE) and a key in the"
                    + " --config file.",
            "Exit codes: 0 done, 1 the work itself failed, 2 bad usage, 3 store out of reach."
        })
public final class RootCommand implements Runnable {
    @Mixin
    @SuppressWarnings("UnusedVariable") // the parser finds the common options in it
    private final Session session;

    @Spec private CommandSpec spec = CommandSpec.create();

    private RootCommand(Session session) {
        this.session = session;
    }

    /** The command line of the engine's own commands; others may be added. */
    public static CommandLine line(Session session) {
        var jobs =
                new CommandLine(new JobsCommand())
                        .addSubcommand(new JobsListCommand(session))
                        .addSubcommand(new JobsShowCommand(session))
                        .addSubcommand(new JobsWaitCommand(session));
        var line =
                new CommandLine(new RootCommand(session))
                        .addSubcommand(new WorkCommand(session))
                        .addSubcommand(new EnqueueCommand(session))
                        .addSubcommand(jobs)
                        .addSubcommand(new VersionCommand(session));
        Converters.addTo(line);
        return line;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected a command, got none");
    }
}
