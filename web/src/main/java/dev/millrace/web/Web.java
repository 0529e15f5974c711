package dev.millrace.web;

import dev.millrace.Millrace;
import dev.millrace.job.MillraceException;
import dev.millrace.remote.RemoteWork;
import dev.millrace.web.access.AuditLog;
import dev.millrace.web.access.Cookies;
import dev.millrace.web.access.Door;
import dev.millrace.web.access.Sessions;
import dev.millrace.web.api.Api;
import dev.millrace.web.api.Dashboard;
import dev.millrace.web.event.Feed;
import dev.millrace.web.event.JobWatch;
import dev.millrace.web.event.Subscription;
import dev.millrace.web.event.Tallies;
import dev.millrace.web.event.Unsent;
import dev.millrace.web.http.Dispatcher;
import dev.millrace.web.http.Doorkeeper;
import dev.millrace.web.http.Guard;
import dev.millrace.web.http.Meters;
import dev.millrace.web.http.Route;
import dev.millrace.web.http.Router;
import dev.millrace.web.jetty.JettyServer;
import dev.millrace.web.look.Changes;
import dev.millrace.web.look.Recent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A web tier that is listening: the HTTP API and the dashboard over a {@link Millrace}, which it
 * uses and does not close. Thread-safe; closed once, before the Millrace is.
 */
public final class Web implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Web.class);

    private final WebSettings settings;
    private final Feed feed;
    private final JobWatch watch;
    private final AuditLog audit;
    private final Sessions sessions;
    private final Router router;
    private final Dispatcher dispatcher;
    private final JettyServer server;
    private final RemoteWork remote;
    private final int port;
    private boolean closed;

    private Web(Millrace millrace, WebSettings settings, Clock clock, RandomGenerator random) {
        this.settings = settings;
        this.remote = millrace.remote();
        var store = millrace.store();
        var meters = new Meters();
        var tallies =
                new Tallies(
                        new Tallies.Source(
                                millrace.workerId() != 0,
                                millrace::completedAttempts,
                                millrace::failedAttempts),
                        clock,
                        random);
        var access = settings.access();
        var changes = new Changes();
        var recent = new Recent(store, clock, access.rules().hiding(), changes);
        var terms = new Subscription.Terms(settings.heartbeat(), Unsent.standard());
        this.feed = new Feed(store, recent, clock, random, terms, settings.maxWaiting(), tallies);
        this.watch =
                new JobWatch(
                        store,
                        clock,
                        random,
                        terms,
                        settings.maxWaiting(),
                        settings.maxWaiting(),
                        access.rules().hiding());
        this.audit = new AuditLog(store.access(), clock, random, access.audit());
        this.sessions =
                new Sessions(
                        access.live(),
                        store.access(),
                        clock,
                        random,
                        audit,
                        new Cookies(access.mount().path()));
        this.router =
                new Router(
                        Api.routes(
                                new Api.Parts(
                                        millrace,
                                        clock,
                                        recent,
                                        changes,
                                        feed,
                                        watch,
                                        meters,
                                        new Api.Access(
                                                access.isOpen(), access.rules(), sessions))));
        this.dispatcher =
                new Dispatcher(
                        router,
                        new Dashboard()::file,
                        new Dispatcher.Entry(
                                access.mount(),
                                new Guard(access.hosts(), !access.isOpen(), access.cors()),
                                access.isOpen()
                                        ? Doorkeeper.open()
                                        : new Door(access.live(), sessions, access.authenticator()),
                                audit),
                        meters,
                        settings.maxRequests(),
                        settings.maxWaiting());
        this.server =
                new JettyServer(
                        new JettyServer.Settings(
                                settings.host(),
                                settings.port(),
                                settings.idle(),
                                settings.maxHeaderBytes(),
                                settings.maxConnections(),
                                JettyServer.Slowest.standard(),
                                unbounded(access)),
                        dispatcher);
        this.port = server.start();
        feed.start();
        watch.start();
        audit.start();
        sessions.start();
    }

    /**
     * Where nobody has to say who they are everybody is on this machine; proxies stand for many.
     */
    private static Predicate<InetAddress> unbounded(WebAccess access) {
        return address ->
                access.isOpen()
                        || access.mount().proxies().stream()
                                .anyMatch(each -> each.contains(address));
    }

    /**
     * Listens.
     *
     * @param millrace stays the caller's to close
     * @throws MillraceException with {@code invalid-configuration} when the address is taken
     */
    public static Web start(Millrace millrace, WebSettings settings, Clock clock) {
        return new Web(millrace, settings, clock, new SecureRandom());
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** Where a browser finds it: {@code http://127.0.0.1:8321/}. */
    public String address() {
        String host =
                settings.host().indexOf(':') < 0 ? settings.host() : "[" + settings.host() + "]";
        return "http://" + host + ":" + port + settings.access().mount().path() + "/";
    }

    /** Every route of the API. */
    public List<Route> routes() {
        return router.routes();
    }

    /** Requests under way. */
    public int requests() {
        return dispatcher.inside();
    }

    /**
     * Stops: accepts nothing more, ends streams, lets requests under way end within the drain time,
     * then cuts what is left. Twice does nothing.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        dispatcher.close();
        server.stopAccepting();
        feed.close();
        watch.close();
        sessions.close();
        audit.close();
        remote.endWaits();
        try {
            if (!dispatcher.awaitEnd(settings.drain())) {
                LOG.warn("{} requests did not end in time and are cut", dispatcher.inside());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            server.close();
        }
    }
}
