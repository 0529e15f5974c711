package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.App;
import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Names;
import dev.millrace.server.http.HttpRequestKind;
import dev.millrace.server.work.Apps;
import dev.millrace.server.work.QueueSlots;
import dev.millrace.store.JobStore;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.JsonLine;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code work}. */
@Command(
        name = "work",
        description = {
            "Run jobs until told to stop: those of the applications named, and http.request.",
            "SIGTERM and Ctrl-C drain: nothing more is claimed, running jobs may end, then they"
                    + " are interrupted and go back unspent."
        })
final class WorkCommand implements Callable<Integer> {
    private static final Duration DRAIN = Duration.ofSeconds(30);

    /** Beyond the drain time: what ends after it was interrupted is still recorded. */
    private static final Duration AFTER_DRAIN = Duration.ofSeconds(30);

    private final Session session;

    @Option(
            names = "--queues",
            paramLabel = "QUEUE[:SLOTS],…",
            description = {
                "The queues to serve, with the jobs of each that may run at once here.",
                "Default: those the applications' tasks name, 64 slots each."
            })
    private @Nullable String queues;

    @Option(
            names = "--app",
            split = ",",
            paramLabel = "CLASS|demo",
            description =
                    "Classes that implement dev.millrace.App; 'demo' brings the demo.* kinds."
                            + " Without it: http.request only.")
    private List<String> apps = new ArrayList<>();

    @Option(
            names = "--classpath",
            split = "[,:]",
            paramLabel = "PATH",
            description = "Jars and directories in which --app classes are found.")
    private List<Path> classPath = new ArrayList<>();

    @Option(
            names = "--no-leader",
            description =
                    "Leave what a leader does to other processes. Accepted for later versions: this"
                            + " one has no leader's work yet.")
    @SuppressWarnings("UnusedVariable") // see its description
    private boolean noLeader;

    @Option(
            names = "--drain",
            paramLabel = "TIME",
            description = "How long running jobs may take when it stops. Default: 30s")
    private @Nullable Duration drain;

    @Option(
            names = "--heartbeat",
            paramLabel = "TIME",
            description = "How often it says that it lives. Default: 2s")
    private @Nullable Duration heartbeat;

    @Option(
            names = "--lease",
            paramLabel = "TIME",
            description =
                    "How long another worker must stand still before its jobs are taken over; the"
                            + " same in all processes. Default: 10s")
    private @Nullable Duration lease;

    @Mixin private RetentionOptions retention = new RetentionOptions();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "How this worker is called. Default: host, process id and a random part")
    private @Nullable String name;

    WorkCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Map<String, Integer> slots = queues == null ? Map.of() : QueueSlots.parse(queues);
        List<App> loaded = Apps.load(apps, classPath);
        try (var http = new HttpRequestKind(session.clock())) {
            MillraceBuilder builder = builder(slots, loaded);
            http.configure(builder);
            JobStore store = session.openStore();
            Millrace millrace;
            try {
                millrace = builder.store(store).start();
            } catch (RuntimeException e) {
                store.close();
                throw e;
            }
            return work(millrace, slots);
        }
    }

    private MillraceBuilder builder(Map<String, Integer> slots, List<App> loaded) {
        var builder = Millrace.builder().clock(session.clock());
        loaded.forEach(app -> app.configure(builder));
        slots.forEach(builder::queue);
        if (!slots.isEmpty()) {
            builder.onlyNamedQueues();
        }
        if (drain != null) {
            builder.drain(drain);
        }
        if (heartbeat != null) {
            builder.heartbeat(heartbeat);
        }
        if (lease != null) {
            builder.lease(lease);
        }
        retention.applyTo(builder);
        if (name != null) {
            builder.workerName(Names.check("name", name));
        }
        return builder;
    }

    /** Runs until the process is told to end, or, in a test, until this thread is interrupted. */
    private int work(Millrace millrace, Map<String, Integer> slots) {
        var stop = new CountDownLatch(1);
        var drained = new CountDownLatch(1);
        Duration patience = (drain == null ? DRAIN : drain).plus(AFTER_DRAIN);
        Thread hook =
                Thread.ofPlatform()
                        .name("millrace-drain")
                        .unstarted(() -> stopAndWait(stop, drained, patience));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            sayReady(millrace, slots);
            stop.await();
        } catch (InterruptedException e) {
            session.remark("told to stop");
        }
        try {
            drain(millrace);
        } finally {
            drained.countDown();
            if (stop.getCount() > 0) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
        return Exit.DONE;
    }

    private static void stopAndWait(CountDownLatch stop, CountDownLatch drained, Duration bound) {
        stop.countDown();
        try {
            boolean inTime = drained.await(bound.toNanos(), TimeUnit.NANOSECONDS);
            assert inTime : "the drain has bounds of its own";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sayReady(Millrace millrace, Map<String, Integer> slots) {
        if (session.json()) {
            session.print(
                    new JsonLine()
                            .with("event", "working")
                            .with("worker", millrace.workerId())
                            .with("store", session.address())
                            .with("queues", slots.isEmpty() ? null : slots)
                            .with("pid", ProcessHandle.current().pid()));
        } else {
            String served =
                    slots.isEmpty()
                            ? "the queues of its tasks"
                            : slots.entrySet().stream()
                                    .map(each -> each.getKey() + ":" + each.getValue())
                                    .collect(joining(","));
            session.out()
                    .println(
                            "worker %d runs jobs of %s on %s; Ctrl-C drains"
                                    .formatted(millrace.workerId(), served, session.address()));
        }
        session.out().flush();
    }

    private void drain(Millrace millrace) {
        int running = millrace.running();
        session.remark(
                "draining; %d running, at most %s"
                        .formatted(running, Durations.text(drain == null ? DRAIN : drain)));
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
