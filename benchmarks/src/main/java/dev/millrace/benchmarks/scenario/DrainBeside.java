package dev.millrace.benchmarks.scenario;

import dev.millrace.benchmarks.harness.Backlog;
import dev.millrace.benchmarks.harness.Contender;
import dev.millrace.benchmarks.harness.Figures;
import dev.millrace.benchmarks.harness.Offer;
import dev.millrace.benchmarks.harness.Rig;
import dev.millrace.benchmarks.harness.Scenario;

import java.util.Optional;
import java.util.Set;

/**
 * The drain of a fifth of the jobs with many others lying in the store.
 *
 * @param backlog what lies there; empty for nothing, the rate to compare with
 */
public record DrainBeside(Optional<Backlog> backlog) implements Scenario {
    @Override
    public String name() {
        return backlog.map(kind ->
                        switch (kind) {
                            case FUTURE -> "beside-future";
                            case KEPT -> "beside-kept";
                            case OTHER_QUEUE -> "beside-other-queue";
                        })
                .orElse("beside-nothing");
    }

    @Override
    public String explains() {
        return "A fifth of the drain's jobs, with "
                + backlog.map(kind ->
                                switch (kind) {
                                    case FUTURE -> "a million jobs due later";
                                    case KEPT -> "a million completed jobs kept";
                                    case OTHER_QUEUE ->
                                            "a million due jobs of a queue nobody works on";
                                })
                        .orElse("nothing else")
                + " in the store (or as many as --backlog says).";
    }

    @Override
    public Set<Offer> needs() {
        var needed =
                backlog.map(kind ->
                        switch (kind) {
                            case FUTURE -> Offer.FUTURE_JOBS;
                            case KEPT -> Offer.KEPT_JOBS;
                            case OTHER_QUEUE -> Offer.OTHER_QUEUE;
                        });
        return needed.map(offer -> Set.of(Offer.WORK, Offer.BULK, offer))
                .orElse(Set.of(Offer.WORK, Offer.BULK));
    }

    @Override
    public Figures run(Contender contender, Rig rig) throws Exception {
        var jobs = Math.max(1, contender.share(rig.options().jobs()) / 5);
        Drain.warmUp(contender, rig, jobs);
        var place =
                rig.copied(
                        name() + " " + contender.name(),
                        contender,
                        template -> {
                            if (backlog.isPresent()) {
                                try (var session = contender.open(template, 1)) {
                                    session.preload(backlog.get(), rig.options().backlog());
                                }
                            }
                        });
        rig.settle(place);
        try {
            Drain.fill(contender, place, jobs);
            return Drain.drain(contender, rig, place, jobs);
        } finally {
            rig.discard(place);
        }
    }
}
