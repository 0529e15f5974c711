package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.server.output.Table;
import dev.millrace.store.JobStore;
import dev.millrace.store.Lease;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.upkeep.Leaders;
import dev.millrace.web.job.JobView;
import dev.millrace.web.job.WorkerView;
import dev.millrace.web.text.Durations;

import picocli.CommandLine.Command;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** {@code workers list}. */
@Command(
        name = "list",
        description =
                "List registered workers: alive, silent (no beat for 30 s) or dead (others take"
                        + " its jobs over).")
final class WorkersListCommand implements Callable<Integer> {
    private final Session session;

    WorkersListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (var store = session.openStore()) {
            List<WorkerSnapshot> workers = store.workers();
            var view = new JobView(session.clock().instant(), workers);
            if (session.json()) {
                workers.forEach(each -> session.print(WorkerView.json(each, view)));
            } else if (workers.isEmpty()) {
                session.remark("no worker is registered; start one with: millrace work --app …");
            } else {
                print(workers, view, leader(store));
            }
        }
        return Exit.DONE;
    }

    /** How the house's leader is called as a worker; empty when nobody leads. */
    private static String leader(JobStore store) {
        String holder = store.leases().look(Leaders.HOUSE).map(Lease::holder).orElse("");
        int end = holder.lastIndexOf('#');
        return end < 0 ? holder : holder.substring(0, end);
    }

    private void print(List<WorkerSnapshot> workers, JobView view, String leader) {
        var table =
                new Table(
                        "ID", "NAME", "STATE", "LEADS", "RUNNING", "QUEUES", "BEAT", "UP",
                        "VERSION");
        for (WorkerSnapshot worker : workers) {
            table.row(
                    worker.id(),
                    worker.name(),
                    WorkerView.state(worker, view),
                    worker.name().equals(leader) ? "leads" : null,
                    worker.stuck() == 0
                            ? worker.running()
                            : "%d (%d stuck)".formatted(worker.running(), worker.stuck()),
                    new TreeMap<>(worker.queues())
                            .entrySet().stream()
                                    .map((Map.Entry<String, Integer> each) ->
                                            each.getKey() + ":" + each.getValue())
                                    .collect(joining(",")),
                    Durations.text(Duration.between(worker.lastBeatAt(), view.now())) + " ago",
                    Durations.text(Duration.between(worker.startedAt(), view.now())),
                    worker.version());
        }
        table.print(session.out());
    }
}
