package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Moments;

import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/** How the words of a command line become values; refusals say what was expected. */
public final class Converters {
    private Converters() {}

    /** Makes a command line understand durations, moments and states. */
    public static void addTo(CommandLine line) {
        line.registerConverter(Duration.class, Converters::duration);
        line.registerConverter(Instant.class, Converters::instant);
        line.registerConverter(JobState.Name.class, Converters::state);
        line.registerConverter(Integer.class, text -> integer(text));
        line.registerConverter(int.class, text -> integer(text));
        line.registerConverter(Long.class, Converters::jobId);
    }

    private static Duration duration(String text) {
        try {
            return Durations.parse(text);
        } catch (MillraceException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static Instant instant(String text) {
        try {
            return Moments.parse(text);
        } catch (MillraceException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static JobState.Name state(String text) {
        return Arrays.stream(JobState.Name.values())
                .filter(each -> each.text().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() ->
                        new TypeConversionException(
                                "expected one of %s, got '%s'".formatted(states(), text)));
    }

    private static String states() {
        return Arrays.stream(JobState.Name.values())
                .map(JobState.Name::text)
                .collect(joining(", "));
    }

    private static int integer(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("expected a whole number, got '" + text + "'");
        }
    }

    private static long jobId(String text) {
        try {
            long id = Long.parseLong(text);
            if (id > 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            throw new TypeConversionException("expected a job's id, a number, got '" + text + "'");
        }
        throw new TypeConversionException("expected a job's id from 1 on, got '" + text + "'");
    }
}
