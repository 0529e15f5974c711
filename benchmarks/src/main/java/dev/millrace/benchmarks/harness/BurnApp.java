package dev.millrace.benchmarks.harness;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;

import java.util.concurrent.TimeUnit;

/** Jobs that keep a processor busy and never wait. */
public final class BurnApp implements App {
    /** For {@code --app}. */
    public BurnApp() {}

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(
                Task.named("burn", RawJson.class),
                (payload, job) -> {
                    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                    long rounds = 0;
                    while (System.nanoTime() - end < 0) {
                        rounds++;
                    }
                    return rounds;
                });
    }
}
