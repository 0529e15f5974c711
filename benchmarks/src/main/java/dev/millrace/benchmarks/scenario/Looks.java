package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Place;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Set;

/** How long what people look at takes with many jobs in every state. */
public record Looks() implements Scenario {
    private static final int TIMES = 20;

    @Override
    public String name() {
        return "looks";
    }

    @Override
    public String explains() {
        return "The first and second page of each list, the queues and the workers, with a million"
                + " (--backlog) jobs in each of available, scheduled and completed: the slowest of "
                + TIMES
                + " looks, and the time to open the store.";
    }

    @Override
    public Set<Offer> needs() {
        return Set.of(Offer.LISTS, Offer.FUTURE_JOBS, Offer.KEPT_JOBS, Offer.OTHER_QUEUE);
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var place = filled(contender, rig);
        rig.settle(place);
        try {
            long began = System.nanoTime();
            try (var session = contender.open(place, 1)) {
                double open = (System.nanoTime() - began) / 1e6;
                var each = new Figures();
                double slowest = 0;
                for (var look : session.looks().entrySet()) {
                    double longest = 0;
                    for (int i = 0; i < TIMES; i++) {
                        long from = System.nanoTime();
                        look.getValue().call();
                        longest = Math.max(longest, (System.nanoTime() - from) / 1e6);
                    }
                    each.put(look.getKey() + " ms", longest);
                    slowest = Math.max(slowest, longest);
                }
                return new Figures().put("slowest ms", slowest).put("open ms", open).putAll(each);
            }
        } finally {
            rig.discard(place);
        }
    }

    /** A copy of a store with many jobs in every state, filled once. */
    static Place filled(Contender contender, Rig rig) throws Exception {
        int backlog = rig.options().backlog();
        return rig.copied(
                "looks " + contender.name(),
                contender,
                template -> {
                    try (var session = contender.open(template, 1)) {
                        session.preload(Backlog.KEPT, backlog);
                        session.preload(Backlog.FUTURE, backlog);
                        session.preload(Backlog.OTHER_QUEUE, backlog);
                    }
                });
    }
}
