package dev.millrace.server.line;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;

/** Jobs that compute until they are told to end, and never wait. */
public final class BurningApp implements App {
    /** For {@code --app}. */
    public BurningApp() {}

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(
                Task.named("burn", RawJson.class),
                (payload, job) -> {
                    long rounds = 0;
                    while (!Thread.currentThread().isInterrupted()) {
                        rounds++;
                    }
                    return rounds;
                });
    }
}
