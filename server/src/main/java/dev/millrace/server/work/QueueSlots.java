package dev.millrace.server.work;

import dev.millrace.job.MillraceException;
import dev.millrace.job.Names;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The queues a worker serves, as {@code --queues default:64,mail:500} says them. */
public final class QueueSlots {
    /** Slots of a queue that names none. */
    public static final int DEFAULT = 64;

    private static final Pattern COUNT = Pattern.compile("\\d{1,7}");

    private QueueSlots() {}

    /**
     * The slots of each queue, in the order given. A queue's own name may hold colons: what follows
     * the last one is its slots when it is a number.
     *
     * @throws MillraceException with {@code invalid-input} when that is not what it says
     */
    public static Map<String, Integer> parse(String text) {
        var slots = new LinkedHashMap<String, Integer>();
        for (String part : text.split(",", -1)) {
            String each = part.strip();
            int colon = each.lastIndexOf(':');
            boolean counted = colon > 0 && COUNT.matcher(each.substring(colon + 1)).matches();
            String queue = counted ? each.substring(0, colon) : each;
            int count = counted ? Integer.parseInt(each.substring(colon + 1)) : DEFAULT;
            if (queue.isEmpty() || queue.endsWith(":")) {
                throw MillraceException.invalid(
                        "--queues must be QUEUE[:SLOTS],… such as default:64,mail:500, got '%s'"
                                .formatted(text));
            }
            Names.check("queue", queue);
            if (slots.put(queue, count) != null) {
                throw MillraceException.invalid(
                        "--queues must name each queue once, got '%s' twice".formatted(queue));
            }
        }
        return slots;
    }
}
