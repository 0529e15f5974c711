package dev.millrace.server.command;

import dev.millrace.MillraceBuilder;
import dev.millrace.upkeep.Retention;
import dev.millrace.web.text.Durations;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** How long a process that removes old jobs keeps them. */
final class RetentionOptions {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

    @Option(
            names = "--keep-finished",
            paramLabel = "TIME",
            description = "How long finished jobs are kept. Default: 7d")
    private @Nullable Duration keepFinished;

    @Option(
            names = "--keep-most",
            paramLabel = "N",
            description =
                    "How many finished jobs of each queue are kept at most, the newest; about."
                            + " Default: 1000000")
    private @Nullable Integer keepMost;

    @Option(
            names = "--keep-discarded",
            paramLabel = "TIME",
            description = "How long discarded jobs are kept. Default: until somebody deletes them")
    private @Nullable Duration keepDiscarded;

    @Option(
            names = "--retain",
            split = ",",
            paramLabel = "QUEUE=TIME|N",
            description =
                    "How long, or how many, finished jobs of one queue are kept, in place of"
                            + " --keep-finished or --keep-most, as in mail=12h or mail=5000; may be"
                            + " repeated, once a queue.")
    private List<NameValue> retain = new ArrayList<>();

    /** Tells a worker; the same should be said in all processes of a store. */
    void applyTo(MillraceBuilder builder) {
        Retention standard = Retention.STANDARD;
        if (keepFinished != null) {
            standard = standard.finished(keepFinished);
        }
        if (keepMost != null) {
            standard = standard.most(keepMost);
        }
        if (keepDiscarded != null) {
            standard = standard.discarded(keepDiscarded);
        }
        builder.retention(standard);
        Retention others = standard;
        NameValue.map("--retain", retain, each -> ruled(others, each.value()))
                .forEach(builder::retention);
    }

    /** A whole number is how many, everything else how long. */
    private static Retention ruled(Retention others, String value) {
        return NUMBER.matcher(value).matches()
                ? others.most(Long.parseLong(value))
                : others.finished(Durations.parse(value));
    }
}
