package dev.millrace.benchmarks;

import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.benchmarks.scenario.Bulk;
import dev.millrace.benchmarks.scenario.Drain;
import dev.millrace.benchmarks.scenario.DrainBeside;
import dev.millrace.benchmarks.scenario.DrainBesideFullKey;
import dev.millrace.benchmarks.scenario.DrainBesideTransaction;
import dev.millrace.benchmarks.scenario.Enqueue;
import dev.millrace.benchmarks.scenario.EnqueueBesideKey;
import dev.millrace.benchmarks.scenario.EnqueueUnique;
import dev.millrace.benchmarks.scenario.HttpCalls;
import dev.millrace.benchmarks.scenario.HttpPages;
import dev.millrace.benchmarks.scenario.HttpWatch;
import dev.millrace.benchmarks.scenario.Idle;
import dev.millrace.benchmarks.scenario.InTransaction;
import dev.millrace.benchmarks.scenario.Looks;
import dev.millrace.benchmarks.scenario.MassCancel;
import dev.millrace.benchmarks.scenario.Pickup;
import dev.millrace.benchmarks.scenario.Recovery;
import dev.millrace.benchmarks.scenario.Reports;
import dev.millrace.benchmarks.scenario.Schedules;
import dev.millrace.benchmarks.scenario.ShortSleepers;
import dev.millrace.benchmarks.scenario.Sleepers;

import java.util.List;
import java.util.Optional;

/** Every scenario, in the order of the report. */
final class Scenarios {
    static final List<Scenario> ALL =
            List.of(
                    new Enqueue(1, false),
                    new Enqueue(16, false),
                    new Enqueue(16, true),
                    new Enqueue(256, false),
                    new EnqueueUnique(16),
                    new EnqueueBesideKey(16),
                    new HttpCalls(HttpCalls.Call.ENQUEUE),
                    new HttpCalls(HttpCalls.Call.ENQUEUE_BY_TOKEN),
                    new HttpCalls(HttpCalls.Call.READ),
                    new HttpWatch(1, false),
                    new HttpWatch(200, false),
                    new HttpWatch(1, true),
                    new HttpPages(),
                    new Bulk(),
                    new InTransaction(1),
                    new InTransaction(16),
                    new Drain(),
                    new Pickup(false),
                    new Pickup(true),
                    new DrainBeside(Optional.empty()),
                    new DrainBeside(Optional.of(Backlog.FUTURE)),
                    new DrainBeside(Optional.of(Backlog.KEPT)),
                    new DrainBeside(Optional.of(Backlog.OTHER_QUEUE)),
                    new DrainBesideFullKey(false),
                    new DrainBesideFullKey(true),
                    new DrainBesideTransaction(),
                    new MassCancel(),
                    new Looks(),
                    new Schedules(),
                    new Reports(),
                    new Sleepers(),
                    new ShortSleepers(),
                    new Recovery(),
                    new Idle());

    private Scenarios() {}
}
