package dev.millrace.flow;

import dev.millrace.job.Json;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A row that could not be read. Immutable. */
public final class BadRow {
    private static final Json JSON = new Json();
    private static final int MOST_JSON_BYTES = 4 * Rows.MAX_BYTES;
    private static final int SHOWN = 80;

    private final long line;
    private final byte[] bytes;
    private final String reason;

    private record Written(long line, String reason, String text, String bytes) {}

    /**
     * A row.
     *
     * @param line where it begins in its input, from 1
     * @param bytes just as they came, without the end of the line; of one that is too long the
     *     first {@value Rows#MAX_BYTES}; copied
     * @param reason for people
     */
    public BadRow(long line, byte[] bytes, String reason) {
        this.line = line;
        this.bytes = bytes.clone();
        this.reason = reason;
    }

    /** Where it begins in its input, from 1. */
    public long line() {
        return line;
    }

    /** A copy of its bytes, without the end of the line. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Why it could not be read. */
    public String reason() {
        return reason;
    }

    /**
     * The row as one line of JSON: {@code line}, {@code reason}, {@code text} with every byte that
     * is no printable ASCII as {@code .}, and {@code bytes} in Base64, from which it can be had
     * back.
     */
    public String json() {
        return JSON.write(
                "a bad row",
                new Written(line, reason, text(), Base64.getEncoder().encodeToString(bytes)),
                MOST_JSON_BYTES);
    }

    private String text() {
        var text = new StringBuilder(bytes.length);
        for (byte each : bytes) {
            text.append(each >= ' ' && each < 0x7f ? (char) each : '.');
        }
        return text.toString();
    }

    @Override
    public String toString() {
        int shown = Math.min(SHOWN, bytes.length);
        String start = new String(bytes, 0, shown, StandardCharsets.ISO_8859_1);
        return "line %d: %s (%s)".formatted(line, reason, start);
    }
}
