package dev.millrace.server.command;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;
import dev.millrace.store.JobFilter;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** The options that choose among jobs. */
final class Filter {
    @Option(
            names = "--state",
            paramLabel = "STATE",
            description =
                    "scheduled, available, running, discarded, completed, cancelled or expired.")
    private JobState.@Nullable Name state;

    @Option(names = "--queue", paramLabel = "QUEUE", description = "Only jobs of this queue.")
    private @Nullable String queue;

    @Option(names = "--kind", paramLabel = "KIND", description = "Only jobs of this kind.")
    private @Nullable String kind;

    @Option(names = "--tag", paramLabel = "TAG", description = "Only jobs with this tag.")
    private @Nullable String tag;

    @Option(
            names = "--text",
            paramLabel = "TEXT",
            description =
                    "Only jobs whose payload contains this, upper and lower case told apart; read"
                            + " one by one among those that the other filters let through.")
    private @Nullable String text;

    JobFilter filter() {
        if (text != null && text.isEmpty()) {
            throw MillraceException.invalid("--text must not be empty, got ''; nothing was done");
        }
        return new JobFilter(
                state,
                queue == null ? null : Names.check("--queue", queue),
                kind == null ? null : Names.check("--kind", kind),
                tag == null ? null : Names.check("--tag", tag),
                text);
    }

    JobState.@Nullable Name state() {
        return state;
    }

    boolean isEmpty() {
        return state == null && queue == null && kind == null && tag == null && text == null;
    }
}
