package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.server.http.HttpRequestKind;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.concurrent.Callable;

/** {@code work}. */
@Command(
        name = "work",
        description = {
            "Run jobs until told to stop: those of the applications named, and http.request.",
            "SIGTERM and Ctrl-C drain: nothing more is claimed, running jobs may end, then they"
                    + " are interrupted and go back unspent."
        })
final class WorkCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private WorkOptions options = new WorkOptions();

    WorkCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var http = new HttpRequestKind(session.clock(), options.httpReach(true))) {
            var builder = options.builder(session.clock(), http);
            Millrace millrace = session.start(builder.leads(!options.noLeader(session)));
            UntilTold.toStop(
                    options.drain(), () -> sayReady(millrace), () -> drain(millrace), session);
        }
        return Exit.DONE;
    }

    private void sayReady(Millrace millrace) {
        if (session.json()) {
            var slots = options.slots();
            session.print(
                    new JsonLine()
                            .with("event", "working")
                            .with("worker", millrace.workerId())
                            .with("store", session.address())
                            .with("queues", slots.isEmpty() ? null : slots)
                            .with("pid", ProcessHandle.current().pid()));
        } else {
            session.out()
                    .println(
                            "worker %d runs jobs of %s on %s; Ctrl-C drains"
                                    .formatted(
                                            millrace.workerId(),
                                            options.served(),
                                            session.address()));
        }
        session.out().flush();
    }

    private void drain(Millrace millrace) {
        session.remark(
                "draining; %d running, at most %s"
                        .formatted(millrace.running(), Durations.text(options.drain())));
        millrace.close();
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("event", "drained")
                            .with("refusedEndings", millrace.refusedEndings()));
        } else {
            session.out().println("drained");
        }
        session.out().flush();
    }
}
