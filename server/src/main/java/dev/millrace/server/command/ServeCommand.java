package dev.millrace.server.command;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code serve}. */
@Command(
        name = "serve",
        description = {
            "Serve the HTTP API and run jobs, in one process, until told to stop.",
            "SIGTERM and Ctrl-C drain: nothing more is accepted, requests under way may end, then"
                    + " running jobs may, then they are interrupted and go back unspent."
        })
final class ServeCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private WebOptions where = new WebOptions();

    @Option(
            names = "--roles",
            paramLabel = "ROLE,…",
            description = "What this process does: web, worker, leader. Default: all")
    private @Nullable String roles;

    @Mixin private WorkOptions work = new WorkOptions();

    ServeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Set<Role> wanted = roles == null ? EnumSet.allOf(Role.class) : Role.parse(roles);
        if (!wanted.contains(Role.WORKER) && work.choosesJobs()) {
            throw MillraceException.invalid(
                    "--app, --classpath and --queues are for the role worker, got --roles %s;"
                                    .formatted(roles)
                            + " nothing was started");
        }
        if (!wanted.contains(Role.WEB) && where.saysWhere()) {
            throw MillraceException.invalid(
                    "--host, --port, --queue-durability and who may ask what are for the role web, got --roles %s; nothing was started"
                            .formatted(roles));
        }
        return new Serving(session, wanted, where, work).run();
    }
}
