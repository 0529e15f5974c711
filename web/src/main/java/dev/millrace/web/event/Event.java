package dev.millrace.web.event;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Something that happened, as a server-sent event.
 *
 * @param id by which a client that comes back says what it saw last; empty when it cannot
 * @param type {@code job}, {@code queues}, {@code workers}, {@code store}, {@code tally}, {@code
 *     lost}, {@code end}
 * @param data one line of JSON, for those who may see every queue
 * @param narrowed for the others
 */
public record Event(String id, String type, String data, Narrowed narrowed) {
    /** What those are told who may see some queues only. */
    @FunctionalInterface
    interface Narrowed {
        /** One line of JSON; empty when they are told nothing. */
        Optional<String> to(Predicate<String> sees);
    }

    /** An event that is told only to those who may see every queue. */
    Event(String id, String type, String data) {
        this(id, type, data, sees -> Optional.empty());
    }

    /** An event that says the same to everybody it is told to. */
    static Event told(String id, String type, String data) {
        return new Event(id, type, data, sees -> Optional.of(data));
    }

    /** As it is told to those who may see some queues only. */
    Optional<Event> to(Predicate<String> sees) {
        return narrowed.to(sees).map(line -> new Event(id, type, line, narrowed));
    }

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
