package dev.millrace.web.text;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The lines of a stream, one at a time, each with what is wrong with its bytes. Never holds more
 * than one line, and of an overlong one only the beginning. Not thread-safe.
 */
public final class Ndjson {
    /** The longest line that is read, in bytes: the largest payload and what stands around it. */
    public static final int MAX_LINE_BYTES = (1 << 20) + (64 << 10);

    private static final int BUFFER = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int length;
    private int position;
    private long number;

    /** The lines of a stream, which the caller closes. */
    public Ndjson(InputStream in) {
        this.in = in;
    }

    /**
     * A line, or why it cannot be one.
     *
     * @param number from 1
     * @param text without its end; {@code null} when there is a problem
     * @param problem {@code null} when there is none
     */
    public record Line(long number, @Nullable String text, @Nullable String problem) {}

    /** The next line that is not blank; {@code null} at the end. */
    public @Nullable Line next() throws IOException {
        while (true) {
            var bytes = new ByteArrayOutputStream(256);
            long length = read(bytes);
            if (length < 0) {
                return null;
            }
            number++;
            if (length > MAX_LINE_BYTES) {
                return new Line(
                        number,
                        null,
                        "a line must have at most %d bytes, got %d"
                                .formatted(MAX_LINE_BYTES, length));
            }
            Line line = decode(bytes.toByteArray());
            if (line.text() == null || !line.text().isBlank()) {
                return line;
            }
        }
    }

    /** Answers how long the line is; at most the bound and one byte of it are kept. */
    private long read(ByteArrayOutputStream line) throws IOException {
        long read = 0;
        while (true) {
            if (position == length) {
                length = in.read(buffer);
                position = 0;
                if (length < 0) {
                    length = 0;
                    return read == 0 ? -1 : read;
                }
            }
            int end = position;
            while (end < length && buffer[end] != '\n') {
                end++;
            }
            int kept = (int) Math.min(end - position, MAX_LINE_BYTES + 1L - line.size());
            line.write(buffer, position, kept);
            read += end - position;
            boolean ended = end < length;
            position = ended ? end + 1 : end;
            if (ended) {
                return read;
            }
        }
    }

    private Line decode(byte[] bytes) {
        var in = ByteBuffer.wrap(bytes);
        var decoder = StandardCharsets.UTF_8.newDecoder();
        try {
            String text = decoder.decode(in).toString();
            boolean marked = number == 1 && text.startsWith("\uFEFF");
            return new Line(number, marked ? text.substring(1) : text, null);
        } catch (CharacterCodingException e) {
            int at = in.position();
            return new Line(
                    number,
                    null,
                    "a line must be UTF-8, got byte 0x%02X at position %d"
                            .formatted(bytes[at] & 0xFF, at + 1));
        }
    }
}
