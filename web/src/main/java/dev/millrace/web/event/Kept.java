package dev.millrace.web.event;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events kept for clients that come back, numbered in order. Of those that say how things stand,
 * {@code queues} and {@code workers}, only the newest is kept; of the others so many, and so much
 * text, as the bounds say. Not thread-safe.
 */
final class Kept {
    private static final int MOST = 1_000;
    private static final long MOST_CHARS = 1 << 20;

    private record Numbered(long number, Event event) {}

    private final String epoch;
    private final Map<String, Numbered> standing = new HashMap<>();
    private final ArrayDeque<Numbered> happened = new ArrayDeque<>();
    private long chars;
    private long last;

    /** Events up to this one may be missing. */
    private long gone;

    /**
     * @param epoch what the ids of this process begin with
     */
    Kept(String epoch) {
        this.epoch = epoch;
    }

    /** The id of the next event. */
    String next() {
        return epoch + "-" + (last + 1);
    }

    /** Keeps an event that says how things stand, in place of the one before. */
    void stands(Event event) {
        standing.put(event.type(), new Numbered(++last, event));
    }

    /** Keeps an event that tells what happened. */
    void happens(Event event) {
        happened.add(new Numbered(++last, event));
        chars += event.data().length();
        while (happened.size() > MOST || (chars > MOST_CHARS && happened.size() > 1)) {
            Numbered first = happened.removeFirst();
            chars -= first.event().data().length();
            gone = first.number();
        }
    }

    /** How things stood last, in the order in which it was told. */
    List<Event> standing() {
        return standing.values().stream()
                .sorted(Comparator.comparingLong(Numbered::number))
                .map(Numbered::event)
                .toList();
    }

    /** How things stood last, by the type of the event. */
    Optional<Event> standing(String type) {
        return Optional.ofNullable(standing.get(type)).map(Numbered::event);
    }

    /** What came after an event; empty when that is not known, or not any more. */
    Optional<List<Event>> after(String id) {
        long seen = number(id);
        if (seen < gone || seen > last) {
            return Optional.empty();
        }
        var missed = new ArrayList<Numbered>();
        for (Iterator<Numbered> newest = happened.descendingIterator(); newest.hasNext(); ) {
            Numbered each = newest.next();
            if (each.number() <= seen) {
                break;
            }
            missed.addFirst(each);
        }
        standing.values().stream().filter(each -> each.number() > seen).forEach(missed::add);
        missed.sort(Comparator.comparingLong(Numbered::number));
        return Optional.of(missed.stream().map(Numbered::event).toList());
    }

    /** -1 for an id that this process did not give. */
    private long number(String id) {
        if (!id.startsWith(epoch + "-")) {
            return -1;
        }
        try {
            return Long.parseLong(id, epoch.length() + 1, id.length(), 10);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Forgets all; whoever comes back begins anew. */
    void forget() {
        standing.clear();
        happened.clear();
        chars = 0;
        gone = last + 1;
    }
}
