package dev.millrace.server.config;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.web.text.Near;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was said besides the command line: the environment first ({@code MILLRACE_STORE}), then the
 * configuration file ({@code store = sqlite:jobs.db}, a key a line, {@code #} begins a comment).
 * Every option's long name is a key. Immutable.
 */
public final class Config {
    private final Map<String, String> environment;
    private final Map<String, String> entries;
    private final @Nullable Path file;

    private Config(
            Map<String, String> environment, Map<String, String> entries, @Nullable Path file) {
        this.environment = Map.copyOf(environment);
        this.entries = Map.copyOf(entries);
        this.file = file;
    }

    /**
     * A value with its origin, for refusals.
     *
     * @param text as it was written
     * @param origin the variable, or the file and key
     */
    public record Said(String text, String origin) {}

    /** Only the environment. */
    public static Config of(Map<String, String> environment) {
        return new Config(environment, Map.of(), null);
    }

    /**
     * The environment and a file.
     *
     * @param known the keys there are
     * @throws MillraceException with {@code invalid-configuration} naming every fault of the file
     */
    public static Config of(Map<String, String> environment, Path file, Set<String> known) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw Unreadable.refusal("--config", file.toString(), e);
        }
        var entries = new HashMap<String, String>();
        var faults = new ArrayList<String>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                read(line, entries, known)
                        .ifPresent(withLine(faults, "%s line %d: ".formatted(file, i + 1)));
            }
        }
        if (!faults.isEmpty()) {
            throw new MillraceException(
                    Code.INVALID_CONFIGURATION,
                    "nothing was done: " + String.join("\nmillrace: ", faults));
        }
        return new Config(environment, entries, file);
    }

    private static java.util.function.Consumer<String> withLine(List<String> faults, String at) {
        return fault -> faults.add(at + fault);
    }

    /** Answers the fault of a line, if it has one. */
    private static Optional<String> read(
            String line, Map<String, String> entries, Set<String> known) {
        int equals = line.indexOf('=');
        if (equals < 1) {
            return Optional.of("expected 'key = value', got '%s'".formatted(line));
        }
        String key = line.substring(0, equals).strip();
        String value = line.substring(equals + 1).strip();
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
        }
        if (!known.contains(key)) {
            String near =
                    Near.to(key, known).map(each -> "; did you mean '" + each + "'?").orElse("");
            return Optional.of("unknown key '%s'%s".formatted(key, near));
        }
        if (entries.put(key, value) != null) {
            return Optional.of("key '%s' is given twice".formatted(key));
        }
        return Optional.empty();
    }

    /** What was said for a key; the environment wins over the file, empty counts as nothing. */
    public Optional<Said> said(String key) {
        String variable = variable(key);
        String inEnvironment = environment.get(variable);
        if (inEnvironment != null && !inEnvironment.isEmpty()) {
            return Optional.of(new Said(inEnvironment, variable));
        }
        return Optional.ofNullable(entries.get(key))
                .map(text -> new Said(text, "'" + key + "' in " + file));
    }

    /**
     * Whether a flag is on.
     *
     * @throws MillraceException with {@code invalid-input} when neither true nor false was said
     */
    public boolean flag(String key) {
        return said(key)
                .map(said ->
                        switch (said.text()) {
                            case "true" -> true;
                            case "false" -> false;
                            default ->
                                    throw MillraceException.invalid(
                                            "%s must be true or false, got '%s'"
                                                    .formatted(said.origin(), said.text()));
                        })
                .orElse(false);
    }

    /** The environment twin of a key. */
    public static String variable(String key) {
        return "MILLRACE_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
