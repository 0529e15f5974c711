package dev.millrace.examples.backup;

import dev.millrace.examples.stage.Temporary;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Backs up a flaky source, exports and restores the backup, killing workers all along; ends with 1
 * when anything about the result is wrong.
 */
public final class Main {
    private Main() {}

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        System.exit(run(args));
    }

    private static int run(String... args) throws IOException, InterruptedException {
        try {
            var options = Options.read(args);
            if (options.into().isEmpty()) {
                try (var place = Temporary.directory("millrace-backup")) {
                    return run(options, place.path());
                }
            }
            return run(options, empty(Path.of(options.into()).toAbsolutePath()));
        } catch (Options.Unfit e) {
            System.err.printf("%s; nothing was done%n%n%s", e.getMessage(), Options.USAGE);
            return 2;
        }
    }

    private static int run(Options options, Path place) throws IOException, InterruptedException {
        boolean live =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        try {
            return new Rehearsal(options, place, System.out, live).run() == 0 ? 0 : 1;
        } catch (Rehearsal.Failed e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }

    private static Path empty(Path place) throws IOException, Options.Unfit {
        Files.createDirectories(place);
        try (Stream<Path> files = Files.list(place)) {
            if (files.findAny().isPresent()) {
                throw new Options.Unfit(
                        "--into must be an empty directory, '%s' is not".formatted(place));
            }
        }
        return place;
    }
}
