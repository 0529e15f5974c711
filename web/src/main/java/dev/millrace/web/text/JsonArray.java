package dev.millrace.web.text;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The elements of a JSON array that is a whole stream, one at a time and as they are written; what
 * they are is for others to read. Never holds more than one element, and of an overlong one only
 * the beginning. Not thread-safe.
 */
public final class JsonArray {
    private static final int BUFFER = 1 << 16;
    private static final int END = -1;

    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER];
    private int length;
    private int position;
    private long index = -1;
    private boolean ended;

    /**
     * The elements of a stream, which the caller closes.
     *
     * @param maxBytes the longest element that is kept
     */
    public JsonArray(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * An element, or why there is none.
     *
     * @param index from 0
     * @param text as written; {@code null} when there is a problem
     * @param problem {@code null} when there is none
     */
    public record Element(long index, @Nullable String text, @Nullable String problem) {}

    /**
     * The next element; {@code null} at the end. After a problem with the array itself nothing
     * follows.
     */
    public @Nullable Element next() throws IOException {
        if (ended) {
            return null;
        }
        if (index < 0) {
            int first = skipSpace();
            if (first != '[') {
                return broken("the body must be a JSON array, got %s".formatted(shown(first)));
            }
            index = 0;
            int next = skipSpace();
            if (next == ']') {
                return end();
            }
            if (next != END) {
                position--;
            }
        }
        return element();
    }

    private @Nullable Element element() throws IOException {
        var bytes = new ByteArrayOutputStream(256);
        long read = 0;
        int depth = 0;
        boolean inString = false;
        boolean escaped = false;
        while (true) {
            int c = read();
            if (c == END) {
                return broken("the array must end with ']', got the end of the body before that");
            }
            if (!inString && depth == 0 && (c == ',' || c == ']')) {
                return ended(bytes, read, c);
            }
            if (inString) {
                inString = escaped || c != '"';
                escaped = !escaped && c == '\\';
            } else {
                inString = c == '"';
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            }
            read++;
            if (read <= maxBytes) {
                bytes.write(c);
            }
        }
    }

    private @Nullable Element ended(ByteArrayOutputStream bytes, long read, int separator)
            throws IOException {
        Element element = decoded(bytes.toByteArray(), read);
        index++;
        if (separator == ']') {
            int after = skipSpace();
            ended = true;
            if (after != END) {
                return new Element(
                        element.index(),
                        null,
                        "the body must end after the array, got %s; this element was not accepted"
                                .formatted(shown(after)));
            }
        }
        return element;
    }

    private Element decoded(byte[] bytes, long read) {
        if (read > maxBytes) {
            return new Element(
                    index,
                    null,
                    "an element must have at most %d bytes, got %d".formatted(maxBytes, read));
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.isBlank()
                    ? new Element(index, null, "an element must be an object, got nothing")
                    : new Element(index, text, null);
        } catch (CharacterCodingException e) {
            return new Element(index, null, "an element must be UTF-8, got other bytes");
        }
    }

    private @Nullable Element end() throws IOException {
        ended = true;
        int after = skipSpace();
        return after == END
                ? null
                : new Element(
                        index,
                        null,
                        "the body must end after the array, got %s".formatted(shown(after)));
    }

    private Element broken(String problem) {
        ended = true;
        return new Element(Math.max(index, 0), null, problem);
    }

    private int skipSpace() throws IOException {
        int c = read();
        while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            c = read();
        }
        return c;
    }

    private int read() throws IOException {
        if (position == length) {
            length = Math.max(0, in.read(buffer));
            position = 0;
            if (length == 0) {
                return END;
            }
        }
        return buffer[position++] & 0xFF;
    }

    private static String shown(int c) {
        return c == END ? "nothing" : c > ' ' && c < 127 ? "'" + (char) c + "'" : "byte " + c;
    }
}
