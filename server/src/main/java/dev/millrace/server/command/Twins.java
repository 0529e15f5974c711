package dev.millrace.server.command;

import dev.millrace.job.MillraceException;
import dev.millrace.server.config.Config;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The twins of options: a variable and a configuration key for each. Flags and the common options
 * ask {@link Config} themselves; this serves all others.
 */
public final class Twins implements IDefaultValueProvider {
    private static final String FILE = "--config";
    private static final Set<String> WITHOUT_KEY = Set.of("config", "help", "version");

    private final Config config;

    Twins(Config config) {
        this.config = config;
    }

    /**
     * The configuration that a command line names, by its option or the option's variable.
     *
     * @param line whose options are the keys there are
     */
    public static Config config(CommandLine line, Map<String, String> environment, String... args) {
        Config plain = Config.of(environment);
        Optional<String> file = named(args).or(() -> plain.said("config").map(Config.Said::text));
        if (file.isEmpty()) {
            return plain;
        }
        try {
            return Config.of(environment, Path.of(file.get()), keys(line));
        } catch (InvalidPathException e) {
            throw MillraceException.invalid(
                    "--config must name a file, got '%s'".formatted(file.get()));
        }
    }

    private static Optional<String> named(String... args) {
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            if (args[i].startsWith(FILE + "=")) {
                return Optional.of(args[i].substring(FILE.length() + 1));
            }
            if (args[i].equals(FILE) && i + 1 < args.length) {
                return Optional.of(args[i + 1]);
            }
        }
        return Optional.empty();
    }

    /** The long names of all options of all commands. */
    private static Set<String> keys(CommandLine line) {
        var keys = new TreeSet<String>();
        collect(line, keys);
        return keys;
    }

    private static void collect(CommandLine line, Set<String> keys) {
        for (OptionSpec option : line.getCommandSpec().options()) {
            String key = key(option);
            if (!WITHOUT_KEY.contains(key)) {
                keys.add(key);
            }
        }
        line.getSubcommands().values().forEach(each -> collect(each, keys));
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--?", "");
    }

    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        return said(config, arg).map(Config.Said::text).orElse(null);
    }

    /** What the twins of an option say, where they are asked for it. */
    static Optional<Config.Said> said(Config config, ArgSpec arg) {
        boolean mine =
                arg instanceof OptionSpec option
                        && option.arity().max() > 0
                        && !option.inherited()
                        && option.command().parent() != null;
        return mine ? config.said(key((OptionSpec) arg)) : Optional.empty();
    }
}
