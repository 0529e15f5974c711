package dev.millrace.store;

/**
 * What a limit counts by: one value of a named key among the jobs of a queue.
 *
 * @param queue where the jobs wait
 * @param name of the key, such as {@code tenant}
 * @param value of the key, such as {@code acme}
 */
public record LimitKey(String queue, String name, String value) {
    @Override
    public String toString() {
        return "%s=%s in queue '%s'".formatted(name, value, queue);
    }
}
