package dev.millrace.server.demo;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that are there whole, or as they were before. */
final class AtomicFile {
    private AtomicFile() {}

    /** Writes the content of a file. */
    interface Content {
        /** Writes it; the writer is closed by the caller. */
        void writeTo(Writer out) throws IOException;
    }

    /**
     * Writes UTF-8 to a file beside the target, forces it to the disk, and moves it over the
     * target. The directory is made where there is none.
     *
     * @throws IOException where that failed; the target is as it was then, and nothing is left over
     */
    static void write(Path target, Content content) throws IOException {
        var directory = target.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("expected a file, got the directory " + target);
        }
        Files.createDirectories(directory);
        var temporary = directory.resolve("." + target.getFileName() + ".part");
        try {
            try (var channel =
                            FileChannel.open(
                                    temporary,
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.TRUNCATE_EXISTING,
                                    StandardOpenOption.WRITE);
                    var out =
                            new BufferedWriter(
                                    new OutputStreamWriter(
                                            Channels.newOutputStream(channel),
                                            StandardCharsets.UTF_8))) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            Files.move(
                    temporary,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
