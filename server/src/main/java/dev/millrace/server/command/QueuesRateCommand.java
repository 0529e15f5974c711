package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.store.KeyRate;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code queues rate}. */
@Command(
        name = "rate",
        description =
                "Say how often jobs of a queue may begin in all processes together. Heeded within a"
                        + " second or two; what runs goes on.")
final class QueuesRateCommand implements Callable<Integer> {
    private static final String NONE = "none";

    private final Session session;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "The queue's name.")
    private String queue = "";

    @Parameters(
            index = "1",
            paramLabel = "RATE|none",
            description =
                    "Such as 5/1s, a bucket that fills evenly; or '1000/1h window', within any hour"
                            + " at most; or none.")
    private String rate = NONE;

    @Option(
            names = "--per-key",
            paramLabel = "NAME",
            description = "Of the jobs with the same value of this key instead, such as host.")
    private @Nullable String key;

    @Option(
            names = "--shared",
            paramLabel = "NAME",
            description = "Of all queues together that say this name, such as an upstream.")
    private @Nullable String shared;

    QueuesRateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        KeyRate wanted = rate.equals(NONE) ? null : KeyRate.of(rate);
        String name = key;
        String common = shared;
        if (name != null && common != null) {
            throw MillraceException.invalid(
                    "--per-key or --shared may be said, got both; nothing was changed");
        }
        return QueueSetting.apply(
                session,
                queue,
                millrace ->
                        millrace.limits(
                                queue,
                                before ->
                                        name != null
                                                ? before.withRate(name, wanted)
                                                : common != null
                                                        ? before.withSharedRate(common, wanted)
                                                        : before.withRate(wanted)));
    }
}
