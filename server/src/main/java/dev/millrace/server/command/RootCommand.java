package dev.millrace.server.command;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.stream.Stream;

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

    /**
     * The whole command line.
     *
     * @param others commands that are not the engine's own
     */
    public static CommandLine line(Session session, Object... others) {
        var line =
                new CommandLine(new RootCommand(session))
                        .addSubcommand(new ServeCommand(session))
                        .addSubcommand(new WebCommand(session))
                        .addSubcommand(new WorkCommand(session))
                        .addSubcommand(new EnqueueCommand(session))
                        .addSubcommand(jobs(session))
                        .addSubcommand(
                                new CommandLine(new Group.Queues())
                                        .addSubcommand(new QueuesListCommand(session))
                                        .addSubcommand(new QueuesPauseCommand(session))
                                        .addSubcommand(new QueuesResumeCommand(session))
                                        .addSubcommand(new QueuesLimitCommand(session))
                                        .addSubcommand(new QueuesRateCommand(session)))
                        .addSubcommand(
                                new CommandLine(new Group.Schedules())
                                        .addSubcommand(new SchedulesListCommand(session))
                                        .addSubcommand(new SchedulesShowCommand(session))
                                        .addSubcommand(new SchedulesAddCommand(session))
                                        .addSubcommand(new SchedulesPauseCommand(session))
                                        .addSubcommand(new SchedulesResumeCommand(session))
                                        .addSubcommand(new SchedulesTriggerCommand(session))
                                        .addSubcommand(new SchedulesRemoveCommand(session)))
                        .addSubcommand(
                                new CommandLine(new Group.Workers())
                                        .addSubcommand(new WorkersListCommand(session))
                                        .addSubcommand(new WorkersDrainCommand(session)))
                        .addSubcommand(
                                new CommandLine(new Group.Batches())
                                        .addSubcommand(new BatchesListCommand(session))
                                        .addSubcommand(new BatchesShowCommand(session))
                                        .addSubcommand(new BatchesCancelCommand(session)))
                        .addSubcommand(
                                new CommandLine(new Group.Pipelines())
                                        .addSubcommand(new PipelinesListCommand(session))
                                        .addSubcommand(new PipelinesItemCommand(session))
                                        .addSubcommand(new PipelinesRetryCommand(session)))
                        .addSubcommand(new ScaleCommand(session))
                        .addSubcommand(
                                new CommandLine(new Group.Users())
                                        .addSubcommand(new UsersHashCommand(session)))
                        .addSubcommand(
                                new CommandLine(new Group.Tokens())
                                        .addSubcommand(new TokensNewCommand(session)))
                        .addSubcommand(
                                new CommandLine(new Group.Audit())
                                        .addSubcommand(new AuditListCommand(session)))
                        .addSubcommand(new MigrateCommand(session))
                        .addSubcommand(new DoctorCommand(session))
                        .addSubcommand(new BenchCommand(session))
                        .addSubcommand(new VersionCommand(session))
                        .addSubcommand(new AutoComplete.GenerateCompletion());
        for (Object other : others) {
            line.addSubcommand(other);
        }
        Converters.addTo(line);
        line.getSubcommands().values().forEach(each -> share(line.getCommandSpec(), each));
        return line;
    }

    /** Lets a command take the common options too, unless it has one of that name itself. */
    private static void share(CommandSpec root, CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        for (OptionSpec option : root.options()) {
            if (Stream.of(option.names()).noneMatch(spec.optionsMap()::containsKey)) {
                spec.addOption(OptionSpec.builder(option).inherited(true).build());
            }
        }
        line.getSubcommands().values().forEach(each -> share(root, each));
    }

    private static CommandLine jobs(Session session) {
        return new CommandLine(new Group.Jobs())
                .addSubcommand(new JobsListCommand(session))
                .addSubcommand(new JobsShowCommand(session))
                .addSubcommand(new JobsWaitCommand(session))
                .addSubcommand(new JobsErrorsCommand(session))
                .addSubcommand(new JobsSignalCommand(session))
                .addSubcommand(new JobsCancelCommand(session))
                .addSubcommand(new JobsRetryCommand(session))
                .addSubcommand(new JobsDeleteCommand(session));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "expected a command, got none");
    }
}
