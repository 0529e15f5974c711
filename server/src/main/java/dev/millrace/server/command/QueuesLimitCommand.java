package dev.millrace.server.command;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code queues limit}. */
@Command(
        name = "limit",
        description =
                "Limit how many jobs of a queue run at once in all processes together, besides the"
                        + " slots of each. Heeded within a second; what runs goes on.")
final class QueuesLimitCommand implements Callable<Integer> {
    private static final String NONE = "none";

    private final Session session;

    @Parameters(index = "0", paramLabel = "QUEUE", description = "The queue's name.")
    private String queue = "";

    @Parameters(
            index = "1",
            paramLabel = "N|none",
            description = "1 to 1000000, or none for no limit.")
    private String limit = NONE;

    @Option(
            names = "--per-key",
            paramLabel = "NAME",
            description =
                    "Limit the jobs with the same value of this key instead, such as tenant; jobs"
                            + " without it are not limited.")
    private @Nullable String key;

    @Option(
            names = "--shared",
            paramLabel = "NAME",
            description =
                    "Limit the jobs of all queues together that say this name instead, such as an"
                            + " upstream.")
    private @Nullable String shared;

    QueuesLimitCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Integer most = parsed();
        String name = key;
        String common = shared;
        if (name != null && common != null) {
            throw MillraceException.invalid(
                    "--per-key or --shared may be said, got both; nothing was changed");
        }
        return QueueSetting.apply(
                session,
                queue,
                millrace -> {
                    if (common != null) {
                        millrace.limits(queue, before -> before.withShared(common, most));
                    } else if (name == null) {
                        millrace.limit(queue, most);
                    } else {
                        millrace.limitPerKey(queue, name, most);
                    }
                });
    }

    private @Nullable Integer parsed() {
        if (limit.equals(NONE)) {
            return null;
        }
        try {
            return Integer.valueOf(limit);
        } catch (NumberFormatException e) {
            throw new MillraceException(
                    MillraceException.Code.INVALID_INPUT,
                    "a queue's limit must be a whole number or none, got '%s'; nothing was changed"
                            .formatted(limit),
                    e);
        }
    }
}
