package dev.millrace.examples.backup;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * One gzip file, written a member at a time: members one after the other are a gzip file too (RFC
 * 1952, section 2.2), so that it can be cut after any member and gone on with. For one thread.
 */
final class GzipFile implements AutoCloseable {
    private final FileChannel channel;

    /** Goes on with a file after so many bytes; what is behind them is cut off. */
    GzipFile(Path file, long length) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.size() < length) {
            channel.close();
            throw new IOException(
                    "expected at least %d bytes in '%s', got %d; nothing was written"
                            .formatted(length, file, Files.size(file)));
        }
        channel.truncate(length).position(length);
    }

    /** Adds content, on the disk when it returns; answers the length of the file. */
    long add(byte[] content) throws IOException {
        var packed = new ByteArrayOutputStream(content.length / 2);
        try (var member = new GZIPOutputStream(packed)) {
            member.write(content);
        }
        var bytes = ByteBuffer.wrap(packed.toByteArray());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
        return channel.position();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The lines of a file written so. */
    static BufferedReader read(Path file) throws IOException {
        var packed = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        return new BufferedReader(
                new InputStreamReader(
                        new GZIPInputStream(packed, 1 << 16), StandardCharsets.UTF_8));
    }
}
