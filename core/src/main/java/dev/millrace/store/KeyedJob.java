package dev.millrace.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What limits count a job by.
 *
 * @param queue where it waits
 * @param keys its named keys
 * @param weight as how many jobs it counts
 */
public record KeyedJob(String queue, Map<String, String> keys, int weight) {
    /** Copies the keys. */
    public KeyedJob {
        keys = Map.copyOf(keys);
    }

    /** By what it is counted under the limits of its queue: its own keys, then what all share. */
    public List<LimitKey> under(QueueLimits limits) {
        var found = new ArrayList<LimitKey>();
        var inOrder = keys.size() < 2 ? keys : new TreeMap<>(keys);
        inOrder.forEach((name, value) -> found.add(new LimitKey(queue, name, value)));
        if (limits.rate() != null) {
            found.add(LimitKey.ofQueue(queue));
        }
        limits.sharedNames().forEach(name -> found.add(LimitKey.shared(name)));
        return found;
    }
}
