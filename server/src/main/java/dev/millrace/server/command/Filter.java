package dev.millrace.server.command;

import dev.millrace.job.JobState;
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

    JobFilter filter() {
        return filter(state);
    }

    /** The same with another state. */
    JobFilter filter(JobState.@Nullable Name wanted) {
        return new JobFilter(
                wanted,
                queue == null ? null : Names.check("--queue", queue),
                kind == null ? null : Names.check("--kind", kind),
                tag == null ? null : Names.check("--tag", tag));
    }

    JobState.@Nullable Name state() {
        return state;
    }

    boolean isEmpty() {
        return state == null && queue == null && kind == null && tag == null;
    }
}
