package dev.millrace.server.demo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes exactly as they were found; compared by content. Immutable. */
final class Bytes {
    private static final char[] HEX = "0123456789abcdef".toCharArray();
    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** Copies part of an array. */
    static Bytes copyOf(byte[] source, int from, int to) {
        return new Bytes(Arrays.copyOfRange(source, from, to));
    }

    /** Copies an array. */
    static Bytes copyOf(byte[] source) {
        return new Bytes(source.clone());
    }

    /** A view that cannot be written to. */
    ByteBuffer buffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    /** The first bytes, at most so many, each as the character of the same number. */
    String latin1(int atMost) {
        int count = Math.min(atMost, content.length);
        return new String(content, 0, count, StandardCharsets.ISO_8859_1);
    }

    int length() {
        return content.length;
    }

    /** A copy. */
    byte[] toArray() {
        return content.clone();
    }

    /**
     * Printable ASCII as it is, a backslash doubled, every other byte as {@code \xNN}: one line,
     * safe on a terminal, and the bytes can be had back from it.
     */
    String escaped() {
        return escaped(content.length);
    }

    /**
     * Like {@link #escaped()}, of at most so many bytes, with an ellipsis where some are left out.
     */
    String escaped(int atMost) {
        var text = new StringBuilder();
        for (int i = 0; i < Math.min(atMost, content.length); i++) {
            int value = content[i] & 0xff;
            if (value == '\\') {
                text.append("\\\\");
            } else if (value >= ' ' && value < 0x7f) {
                text.append((char) value);
            } else {
                text.append("\\x").append(HEX[value >> 4]).append(HEX[value & 15]);
            }
        }
        return content.length > atMost ? text.append('…').toString() : text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return escaped(200);
    }
}
