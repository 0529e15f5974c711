package dev.millrace.server.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.Set;
import java.util.concurrent.Callable;

/** {@code web}. */
@Command(
        name = "web",
        description = {
            "Serve the HTTP API; run no jobs. The same as: serve --roles web",
            "SIGTERM and Ctrl-C drain: nothing more is accepted, requests under way may end."
        })
final class WebCommand implements Callable<Integer> {
    private final Session session;

    @Mixin private WebOptions where = new WebOptions();

    WebCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new Serving(session, Set.of(Role.WEB), where, new WorkOptions()).run();
    }
}
