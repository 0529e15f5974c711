package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that is only the door to others. */
@Command(synopsisSubcommandLabel = "COMMAND")
class Group implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "expected one of %s, got none"
                        .formatted(String.join(", ", spec.subcommands().keySet())));
    }

    /** {@code jobs}. */
    @Command(
            name = "jobs",
            description = "Look at jobs, wait for them, cancel, retry or delete them.")
    static final class Jobs extends Group {}

    /** {@code queues}. */
    @Command(name = "queues", description = "Look at queues, pause, resume and limit them.")
    static final class Queues extends Group {}

    /** {@code schedules}. */
    @Command(
            name = "schedules",
            description = "Look at schedules, add, pause, resume, trigger and remove them.")
    static final class Schedules extends Group {}

    /** {@code users}. */
    @Command(name = "users", description = "Name users for the --access file.")
    static final class Users extends Group {}

    /** {@code tokens}. */
    @Command(name = "tokens", description = "Name programs for the --access file.")
    static final class Tokens extends Group {}

    /** {@code audit}. */
    @Command(name = "audit", description = "Look at what was done.")
    static final class Audit extends Group {}

    /** {@code batches}. */
    @Command(name = "batches", description = "Look at batches, cancel what is left of them.")
    static final class Batches extends Group {}

    /** {@code pipelines}. */
    @Command(
            name = "pipelines",
            description = "Look at pipelines, the way of an item, have failed items go on.")
    static final class Pipelines extends Group {}

    /** {@code workers}. */
    @Command(name = "workers", description = "Look at workers, have them drain.")
    static final class Workers extends Group {}
}
