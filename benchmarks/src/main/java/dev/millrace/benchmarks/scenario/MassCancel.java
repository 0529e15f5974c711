package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;
import dev.millrace.benchmarks.harness.Session;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** Cancelling a tenth of a million waiting jobs while others flow. */
public record MassCancel() implements Scenario {
    private static final int FLOW_PER_SECOND = 5_000;
    private static final int TICK_MILLIS = 10;

    @Override
    public String name() {
        return "mass-cancel";
    }

    @Override
    public String explains() {
        return "A tenth of a million (--backlog) jobs waiting in another queue is cancelled while "
                + FLOW_PER_SECOND
                + " jobs a second are enqueued and run beside; nine tenths more are due later."
                + " The share is the rate of completions during the cancel over the rate before.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.WORK, Offer.BULK, Offer.MASS_CANCEL, Offer.FUTURE_JOBS);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        int backlog = rig.options().backlog();
        var place =
                rig.copied(
                        name() + " " + contender.name(),
                        contender,
                        template -> {
                            try (var session = contender.open(template, 1)) {
                                session.preload(Backlog.FUTURE, backlog - backlog / 10);
                                session.preload(Backlog.OTHER_QUEUE, backlog / 10);
                            }
                        });
        rig.settle(place);
        try {
            return measured(contender, rig, place, backlog / 10);
        } finally {
            rig.discard(place);
        }
    }

    private static Figures measured(Contender contender, Rig rig, Place place, int expected)
            throws Exception {
        var done = new LongAdder();
        var stop = new AtomicBoolean();
        try (var session = contender.open(place, 1);
                var running = session.work(contender.drainSlots(), number -> done.increment())) {
            var producer = Thread.ofPlatform().start(() -> produce(session, stop));
            rate(done, 2_000);
            double before = rate(done, rig.options().seconds() * 1_000L);
            long from = done.sum();
            long began = System.nanoTime();
            long cancelled = session.cancelBacklog();
            double seconds = (System.nanoTime() - began) / 1e9;
            double during = (done.sum() - from) / seconds;
            stop.set(true);
            producer.join();
            if (cancelled != expected) {
                throw new IllegalStateException(
                        "expected %d cancelled jobs, got %d".formatted(expected, cancelled));
            }
            return new Figures()
                    .put("share", during / before)
                    .put("before/s", before)
                    .put("during/s", during)
                    .put("cancelled/s", cancelled / seconds)
                    .put("seconds", seconds);
        }
    }

    private static double rate(LongAdder done, long millis) {
        long from = done.sum();
        long began = System.nanoTime();
        LockSupport.parkNanos(millis * 1_000_000);
        return (done.sum() - from) * 1e9 / (System.nanoTime() - began);
    }

    private static void produce(Session session, AtomicBoolean stop) {
        long number = 0;
        long next = System.nanoTime();
        int each = FLOW_PER_SECOND * TICK_MILLIS / 1_000;
        try {
            while (!stop.get()) {
                session.enqueueAll(LongStream.range(number, number + each));
                number += each;
                next += TICK_MILLIS * 1_000_000L;
                LockSupport.parkNanos(next - System.nanoTime());
            }
        } catch (Exception e) {
            throw new IllegalStateException("the flow beside the cancel ended", e);
        }
    }
}
