package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.App;
import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.Names;
import dev.millrace.server.http.HttpReach;
import dev.millrace.server.http.HttpRequestKind;
import dev.millrace.server.work.Apps;
import dev.millrace.server.work.QueueSlots;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The options of a process that runs jobs, and the worker they make. */
final class WorkOptions {
    private static final Duration DRAIN = Duration.ofSeconds(30);

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
            description = "Leave schedules, pruning and summing to other processes.")
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

    @Option(
            names = "--http-allow",
            split = ",",
            paramLabel = "HOST|NETWORK|all|none",
            description = {
                "Where http.request may call besides public addresses: intranet.example,"
                        + " *.svc.example, 10.1.0.0/16. Default: all; with --access none"
            })
    private List<String> httpAllow = new ArrayList<>();

    @Mixin private RetentionOptions retention = new RetentionOptions();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "How this worker is called. Default: host, process id and a random part")
    private @Nullable String name;

    /** Whether anything was said of which jobs to run. */
    boolean choosesJobs() {
        return queues != null || !apps.isEmpty() || !classPath.isEmpty();
    }

    /** The queues named, with their slots; empty means those that the tasks name. */
    Map<String, Integer> slots() {
        return queues == null ? Map.of() : QueueSlots.parse(queues);
    }

    /** The same for people. */
    String served() {
        return queues == null
                ? "the queues of its tasks"
                : slots().entrySet().stream()
                        .map(each -> each.getKey() + ":" + each.getValue())
                        .collect(joining(","));
    }

    /**
     * Which addresses its http.request calls.
     *
     * @param open whether nobody has to say who they are
     */
    HttpReach httpReach(boolean open) {
        return httpAllow.isEmpty() && open ? HttpReach.all() : HttpReach.of(httpAllow);
    }

    /** Whether it leaves leading to others. */
    boolean noLeader(Session session) {
        return session.flag("no-leader", noLeader);
    }

    /** How long running jobs may take when it stops. */
    Duration drain() {
        return drain == null ? DRAIN : drain;
    }

    /** A worker with its handlers, without a store. */
    MillraceBuilder builder(Clock clock, HttpRequestKind http) {
        Map<String, Integer> slots = slots();
        List<App> loaded = Apps.load(apps, classPath);
        var builder = Millrace.builder().clock(clock);
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
        http.configure(builder);
        return builder;
    }
}
