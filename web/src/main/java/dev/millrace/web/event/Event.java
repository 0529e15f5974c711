package dev.millrace.web.event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Something that happened, as a server-sent event.
 *
 * @param id by which a client that comes back says what it saw last; empty when it cannot
 * @param type {@code job}, {@code queues}, {@code workers}, {@code store}, {@code tally}, {@code
 *     gap}, {@code lost}, {@code end}
 * @param data one line of JSON, for those who may see every queue
 * @param subject of what it tells the whole state, so that it stands in for an earlier one that was
 *     not sent yet; empty when it tells something of its own
 * @param narrowed for the others
 */
public record Event(String id, String type, String data, String subject, Narrowed narrowed) {
    /** Types that tell the whole of something. */
    private static final Set<String> STATES = Set.of("queues", "workers", "store");

    private static final int PIECE = 8 << 10;

    /** What those are told who may see some queues only. */
    @FunctionalInterface
    interface Narrowed {
        /** One line of JSON; empty when they are told nothing. */
        Optional<String> to(Predicate<String> sees);
    }

    Event(String id, String type, String data, Narrowed narrowed) {
        this(id, type, data, STATES.contains(type) ? type : "", narrowed);
    }

    /** The same, telling the whole state of something. */
    Event about(String newSubject) {
        return new Event(id, type, data, newSubject, narrowed);
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
        return narrowed.to(sees).map(line -> new Event(id, type, line, subject, narrowed));
    }

    /** Writes it as it goes over the wire: a long one in pieces, so that no copy of it is made. */
    void writeTo(OutputStream out) throws IOException {
        String head = (id.isEmpty() ? "" : "id: " + id + "\n") + "event: " + type + "\ndata: ";
        if (data.length() <= PIECE) {
            out.write((head + data + "\n\n").getBytes(StandardCharsets.UTF_8));
            return;
        }
        out.write(head.getBytes(StandardCharsets.UTF_8));
        for (int from = 0; from < data.length(); ) {
            int to = Math.min(data.length(), from + PIECE);
            if (to < data.length() && Character.isHighSurrogate(data.charAt(to - 1))) {
                to--;
            }
            out.write(data.substring(from, to).getBytes(StandardCharsets.UTF_8));
            from = to;
        }
        out.write("\n\n".getBytes(StandardCharsets.UTF_8));
    }
}
