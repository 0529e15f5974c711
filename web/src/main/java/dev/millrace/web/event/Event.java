package dev.millrace.web.event;

import java.nio.charset.StandardCharsets;

/**
 * Something that happened, as a server-sent event.
 *
 * @param id by which a client that comes back says what it saw last; empty when it cannot
 * @param type {@code job}, {@code queues}, {@code workers}, {@code store}, {@code tally}, {@code
 *     lost}, {@code end}
 * @param data one line of JSON
 */
public record Event(String id, String type, String data) {
    /** As it goes over the wire. */
    public byte[] bytes() {
        var text = new StringBuilder(data.length() + 64);
        if (!id.isEmpty()) {
            text.append("id: ").append(id).append('\n');
        }
        text.append("event: ").append(type).append('\n');
        return text.append("data: ")
                .append(data)
                .append("\n\n")
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }
}
