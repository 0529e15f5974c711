package dev.millrace.examples.backup;

import dev.millrace.job.Json;

import java.util.List;

/**
 * A record as the source wrote it.
 *
 * @param id its number
 * @param text one line of JSON, kept byte for byte
 */
record Line(long id, String text) {
    private static final Json JSON = new Json();

    private record Numbered(long id) {}

    /** The record in a line. */
    static Line of(String text) {
        return new Line(JSON.read("record", text, Numbered.class).id(), text);
    }

    /** The records of a text, a line each. */
    static List<Line> all(String text) {
        return text.lines().map(Line::of).toList();
    }
}
