package dev.millrace.examples.backup;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/**
 * Writes records into files of so many pages each, a line a record, in the order of their numbers.
 * A page may be written again: when a file is opened, it is cut before the first record of the page
 * in hand, and with it whatever a killed process left behind. A page is on the disk when {@link
 * #write} returns. For one thread.
 */
final class Segments implements AutoCloseable {
    private final Path directory;
    private final int pagesPerSegment;
    private @Nullable FileChannel channel;
    private long open = -1;

    Segments(Path directory, int pagesPerSegment) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.pagesPerSegment = pagesPerSegment;
    }

    /**
     * Writes a page.
     *
     * @param page its number, 1 or more; the same each time
     */
    void write(long page, List<Line> lines) throws IOException {
        if (lines.isEmpty()) {
            return;
        }
        var out = channel((page - 1) / pagesPerSegment, lines.getFirst().id());
        var text = new StringBuilder();
        lines.forEach(line -> text.append(line.text()).append('\n'));
        var bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        out.force(false);
    }

    private FileChannel channel(long segment, long firstId) throws IOException {
        if (channel != null && segment == open) {
            return channel;
        }
        close();
        Path file =
                directory.resolve(String.format(Locale.ROOT, "segment-%05d.ndjson", segment + 1));
        long kept = Files.exists(file) ? lengthBefore(Files.readAllBytes(file), firstId) : 0;
        channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                        .truncate(kept)
                        .position(kept);
        open = segment;
        try (var entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        }
        return channel;
    }

    /** How many bytes are whole lines of records before this one. */
    static int lengthBefore(byte[] content, long firstId) {
        int start = 0;
        for (int end = 0; end < content.length; end++) {
            if (content[end] == '\n') {
                var line = new String(content, start, end - start, StandardCharsets.UTF_8);
                if (Line.of(line).id() >= firstId) {
                    return start;
                }
                start = end + 1;
            }
        }
        return start;
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
