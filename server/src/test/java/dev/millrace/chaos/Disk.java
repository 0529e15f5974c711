package dev.millrace.chaos;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * A file system that can become full. A small one of its own in memory where mounting is allowed;
 * otherwise a plain directory, which is never filled.
 */
final class Disk implements AutoCloseable {
    private static final int MEBIBYTES = 768;

    private final Path directory;
    private final boolean mounted;
    private final Thread unmount = new Thread(this::unmount);

    Disk() throws IOException, InterruptedException {
        directory = Files.createTempDirectory("millrace-chaos-");
        mounted =
                run(
                                "mount",
                                "-t",
                                "tmpfs",
                                "-o",
                                "size=" + MEBIBYTES + "m",
                                "tmpfs",
                                directory.toString())
                        == 0;
        if (mounted) {
            Runtime.getRuntime().addShutdownHook(unmount);
        }
    }

    /** Also when the tests are broken off: nobody else would. */
    private void unmount() {
        try {
            run("umount", "-l", directory.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    Path directory() {
        return directory;
    }

    /** Whether it can be filled. */
    boolean isBounded() {
        return mounted;
    }

    /** Takes all the space that is left. */
    void fill() throws IOException {
        byte[] block = new byte[4 << 10];
        byte[] large = new byte[1 << 20];
        try (var out = new FileOutputStream(filler().toFile())) {
            fill(out, large);
            fill(out, block);
        }
    }

    private static void fill(FileOutputStream out, byte[] block) {
        try {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            // full, which is the aim
        }
    }

    void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return directory.resolve("filler");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (mounted) {
            Runtime.getRuntime().removeShutdownHook(unmount);
            unmount();
        }
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
