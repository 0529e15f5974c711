package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.benchmarks.harness.Session;
import dev.millrace.benchmarks.harness.Session.Reporting;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/** What progress and checkpoints cost the jobs that leave them, and readers of the progress. */
public record Reports() implements Scenario {
    private static final int JOBS = 200;
    private static final int WATCHED = 1_000;

    @Override
    public String name() {
        return "reports";
    }

    @Override
    public String explains() {
        return JOBS
                + " jobs at once do units of 10 ms of waiting each: the units done in a second with"
                + " progress after each unit and a checkpoint each 100 ms, as a share of those done"
                + " without, in turns in one process; then "
                + WATCHED
                + " such jobs with progress only, and what a reader that polls the progress of all"
                + " each second leaves of their rate.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.REPORTS);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        return rig.measure(
                contender,
                place -> {
                    try (var session = contender.open(place, 1)) {
                        var without = new Sum();
                        var with = new Sum();
                        var alone = new Sum();
                        var read = new Sum();
                        int millis = rig.options().seconds() * 1_000;
                        for (int turn = 0; turn < 3; turn++) {
                            without.add(rate(session, Reporting.NOTHING, JOBS, false, millis));
                            with.add(rate(session, Reporting.CHECKPOINTS, JOBS, false, millis));
                        }
                        for (int turn = 0; turn < 2; turn++) {
                            alone.add(rate(session, Reporting.PROGRESS, WATCHED, false, millis));
                            read.add(rate(session, Reporting.PROGRESS, WATCHED, true, millis));
                        }
                        return new Figures()
                                .put("share", with.mean() / without.mean())
                                .put("units/s without", without.mean())
                                .put("units/s with", with.mean())
                                .put("share beside reader", read.mean() / alone.mean());
                    }
                });
    }

    private static final class Sum {
        private double sum;
        private int count;

        void add(double each) {
            sum += each;
            count++;
        }

        double mean() {
            return sum / count;
        }
    }

    private static double rate(
            Session session, Reporting reporting, int jobs, boolean reader, int millis)
            throws Exception {
        var units = new LongAdder();
        var stop = new AtomicBoolean();
        try (var running = session.report(reporting, jobs, units::increment, stop::get)) {
            session.enqueueAll(LongStream.range(0, jobs));
            while (units.sum() < jobs) {
                Pause.millis(10);
            }
            Pause.millis(500);
            long from = units.sum();
            long began = System.nanoTime();
            while (System.nanoTime() - began < millis * 1_000_000L) {
                if (reader) {
                    session.readProgress();
                }
                Pause.millis(1_000);
            }
            double rate = (units.sum() - from) * 1e9 / (System.nanoTime() - began);
            stop.set(true);
            while (session.unfinished() > 0) {
                Pause.millis(10);
            }
            return rate;
        }
    }
}
