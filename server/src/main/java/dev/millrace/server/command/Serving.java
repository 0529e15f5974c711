package dev.millrace.server.command;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.server.http.HttpRequestKind;
import dev.millrace.web.Web;
import dev.millrace.web.WebSettings;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A process in the roles it was given, from its start to its end. */
final class Serving {
    private final Session session;
    private final Set<Role> roles;
    private final WebOptions where;
    private final WorkOptions work;

    Serving(Session session, Set<Role> roles, WebOptions where, WorkOptions work) {
        this.session = session;
        this.roles = new TreeSet<>(roles);
        this.where = where;
        this.work = work;
    }

    int run() {
        Optional<WebSettings> listening =
                roles.contains(Role.WEB) ? Optional.of(where.settings()) : Optional.empty();
        boolean open = listening.map(settings -> settings.access().isOpen()).orElse(true);
        try (var http = new HttpRequestKind(session.clock(), work.httpReach(open))) {
            MillraceBuilder builder =
                    roles.contains(Role.WORKER)
                            ? work.builder(session.clock(), http)
                            : Millrace.builder().clock(session.clock());
            builder.leads(roles.contains(Role.LEADER) && !work.noLeader(session));
            where.applyTo(builder);
            Millrace millrace = session.start(builder);
            Web web;
            try {
                web =
                        listening
                                .map(settings -> Web.start(millrace, settings, session.clock()))
                                .orElse(null);
            } catch (RuntimeException e) {
                millrace.close();
                throw e;
            }
            Duration bound = work.drain().plus(WebSettings.standard().drain());
            UntilTold.toStop(
                    bound, () -> sayReady(web, millrace), () -> drain(web, millrace), session);
        }
        return Exit.DONE;
    }

    private void sayReady(@Nullable Web web, Millrace millrace) {
        boolean works = roles.contains(Role.WORKER);
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("event", "serving")
                            .with("address", web == null ? null : web.address())
                            .with("port", web == null ? null : web.port())
                            .with("roles", roles.stream().map(Role::text).toList())
                            .with("store", session.address())
                            .with("worker", works ? millrace.workerId() : null)
                            .with("queues", work.slots().isEmpty() ? null : work.slots())
                            .with("pid", ProcessHandle.current().pid()));
        } else {
            if (web != null) {
                session.out().println("serving " + web.address() + " on " + session.address());
            }
            if (works) {
                session.out()
                        .println(
                                "worker %d runs jobs of %s"
                                        .formatted(millrace.workerId(), work.served()));
            }
            session.out().println("Ctrl-C drains");
        }
        session.out().flush();
    }

    private void drain(@Nullable Web web, Millrace millrace) {
        session.remark(
                "draining; %d requests, %d jobs running, at most %s"
                        .formatted(
                                web == null ? 0 : web.requests(),
                                millrace.running(),
                                Durations.text(work.drain())));
        if (web != null) {
            web.close();
        }
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
