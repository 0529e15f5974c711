package dev.millrace.server.command;

import static java.util.stream.Collectors.joining;

import dev.millrace.job.Durability;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.UniqueKey.OnConflict;
import dev.millrace.store.BatchState;
import dev.millrace.web.text.Durations;
import dev.millrace.web.text.Moments;

import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Supplier;

/** How the words of a command line become values; refusals say what was expected. */
public final class Converters {
    private Converters() {}

    /** Makes a command line understand durations, moments and states. */
    public static void addTo(CommandLine line) {
        line.registerConverter(Duration.class, Converters::duration);
        line.registerConverter(Instant.class, Converters::instant);
        line.registerConverter(
                JobState.Name.class,
                text -> oneOf(JobState.Name.values(), JobState.Name::text, text));
        line.registerConverter(
                BatchState.class, text -> oneOf(BatchState.values(), BatchState::text, text));
        line.registerConverter(Integer.class, text -> integer(text));
        line.registerConverter(int.class, text -> integer(text));
        line.registerConverter(Long.class, Converters::jobId);
        line.registerConverter(NameValue.class, Converters::nameValue);
        line.registerConverter(
                Durability.class, text -> oneOf(Durability.values(), Durability::text, text));
        line.registerConverter(
                OnConflict.class, text -> oneOf(OnConflict.values(), OnConflict::text, text));
    }

    private static Duration duration(String text) {
        return converted(() -> Durations.parse(text));
    }

    private static Instant instant(String text) {
        return converted(() -> Moments.parse(text));
    }

    private static NameValue nameValue(String text) {
        int equals = text.indexOf('=');
        if (equals < 1 || equals == text.length() - 1) {
            throw new TypeConversionException("expected NAME=VALUE, got '" + text + "'");
        }
        return new NameValue(text.substring(0, equals), text.substring(equals + 1));
    }

    private static <T> T converted(Supplier<T> conversion) {
        try {
            return conversion.get();
        } catch (MillraceException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    private static <T> T oneOf(T[] values, Function<T, String> name, String text) {
        return Arrays.stream(values)
                .filter(each -> name.apply(each).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() ->
                        new TypeConversionException(
                                "expected one of %s, got '%s'"
                                        .formatted(
                                                Arrays.stream(values)
                                                        .map(name)
                                                        .collect(joining(", ")),
                                                text)));
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
