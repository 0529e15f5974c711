package dev.millrace.examples.stage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A directory that is gone when it is closed, with everything in it.
 *
 * @param path where it is
 */
public record Temporary(Path path) implements AutoCloseable {
    /** A new one. */
    public static Temporary directory(String prefix) throws IOException {
        return new Temporary(Files.createTempDirectory(prefix));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
