package dev.millrace.store;

/**
 * What a limit counts by: one value of a named key among the jobs of a queue, all jobs of a queue,
 * or all jobs of those queues that share something.
 *
 * @param queue where the jobs wait; empty for something shared
 * @param name of the key, such as {@code tenant}, or of what is shared; empty for a whole queue
 * @param value of the key, such as {@code acme}; empty where there is none
 */
public record LimitKey(String queue, String name, String value) {
    /** All jobs of a queue. */
    public static LimitKey ofQueue(String queue) {
        return new LimitKey(queue, "", "");
    }

    /** All jobs of the queues that share something. */
    public static LimitKey shared(String name) {
        return new LimitKey("", name, "");
    }

    /** Whether it is something that queues share. */
    public boolean isShared() {
        return queue.isEmpty();
    }

    /** Whether it is a whole queue. */
    public boolean isQueue() {
        return name.isEmpty();
    }

    @Override
    public String toString() {
        if (isShared()) {
            return "'%s', which queues share".formatted(name);
        }
        return isQueue()
                ? "queue '%s'".formatted(queue)
                : "%s=%s of queue '%s'".formatted(name, value, queue);
    }
}
