package dev.millrace.server.command;

import dev.millrace.MillraceBuilder;
import dev.millrace.upkeep.Retention;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How long a process that removes old jobs keeps them. */
final class RetentionOptions {
    @Option(
            names = "--keep-finished",
            paramLabel = "TIME",
            description = "How long finished jobs are kept. Default: 7d")
    private @Nullable Duration keepFinished;

    @Option(
            names = "--keep-discarded",
            paramLabel = "TIME",
            description = "How long discarded jobs are kept. Default: until somebody deletes them")
    private @Nullable Duration keepDiscarded;

    @Option(
            names = "--retain",
            split = ",",
            paramLabel = "QUEUE=TIME",
            description =
                    "How long finished jobs of one queue are kept, in place of --keep-finished; may"
                            + " be repeated.")
    private List<NameValue> retain = new ArrayList<>();

    /** Tells a worker; the same should be said in all processes of a store. */
    void applyTo(MillraceBuilder builder) {
        Retention standard = Retention.STANDARD;
        if (keepFinished != null) {
            standard = standard.finished(keepFinished);
        }
        if (keepDiscarded != null) {
            standard = standard.discarded(keepDiscarded);
        }
        builder.retention(standard);
        Retention others = standard;
        NameValue.map("--retain", retain, each -> others.finished(Durations.parse(each.value())))
                .forEach(builder::retention);
    }
}
