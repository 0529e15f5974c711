package dev.millrace.flow;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;

/**
 * A row that could not be read.
 *
 * @param line where it begins in its input, from 1
 * @param bytes just as they came, without the end of the line; of one that is too long the first
 *     {@value Rows#MAX_BYTES}
 * @param reason for people
 */
public record BadRow(long line, byte[] bytes, String reason) {
    /** Copies the bytes. */
    public BadRow {
        bytes = bytes.clone();
    }

    /** A copy. */
    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * The row as one line of JSON: {@code line}, {@code reason}, {@code text} with every byte that
     * is no printable ASCII as {@code .}, and {@code bytes} in Base64, from which it can be had
     * back.
     */
    public String json() {
        return "{\"line\":%d,\"reason\":%s,\"text\":%s,\"bytes\":\"%s\"}"
                .formatted(
                        line,
                        quoted(reason),
                        quoted(shown()),
                        Base64.getEncoder().encodeToString(bytes));
    }

    private String shown() {
        var text = new StringBuilder();
        for (byte each : bytes) {
            text.append(each >= ' ' && each < 0x7f ? (char) each : '.');
        }
        return text.toString();
    }

    private static String quoted(String text) {
        var out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                default -> {
                    if (c < ' ') {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BadRow row
                && line == row.line
                && reason.equals(row.reason)
                && Arrays.equals(bytes, row.bytes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(line, reason, Arrays.hashCode(bytes));
    }

    @Override
    public String toString() {
        return "line %d: %s (%s)"
                .formatted(
                        line,
                        reason,
                        new String(
                                bytes, 0, Math.min(80, bytes.length), StandardCharsets.ISO_8859_1));
    }
}
