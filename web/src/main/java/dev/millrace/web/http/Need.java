package dev.millrace.web.http;

/**
 * What a route takes of whoever asks. Every route says it; there is no default. Where access is
 * open everybody has the role admin on every queue.
 */
public sealed interface Need {
    /** Nothing: nobody is asked who they are. For what is the same for all, and says nothing. */
    record Nothing() implements Need {}

    /** Nothing, but the handler learns who asks, if they say it. */
    record Anybody() implements Need {}

    /**
     * A role on some queue. The handler checks, for every queue and job that it shows or changes,
     * that the role is theirs on its queue: {@link Request#who}.
     *
     * @param role the least
     */
    record Somewhere(Role role) implements Need {}

    /**
     * A role on every queue: for what concerns all of them at once.
     *
     * @param role the least
     */
    record Everywhere(Role role) implements Need {}

    /**
     * A role on the queue that a parameter names, which the handler need not check again.
     *
     * @param role the least
     * @param queue a parameter of the path
     */
    record OfQueue(Role role, Parameter<String> queue) implements Need {}

    /** {@link Nothing}. */
    static Need nothing() {
        return new Nothing();
    }

    /** {@link Anybody}. */
    static Need anybody() {
        return new Anybody();
    }

    /** {@link Somewhere} as viewer. */
    static Need viewer() {
        return new Somewhere(Role.VIEWER);
    }

    /** {@link Somewhere} as operator. */
    static Need operator() {
        return new Somewhere(Role.OPERATOR);
    }

    /** {@link Somewhere} as worker. */
    static Need worker() {
        return new Somewhere(Role.WORKER);
    }

    /** {@link Everywhere}. */
    static Need everywhere(Role role) {
        return new Everywhere(role);
    }

    /** {@link OfQueue}. */
    static Need ofQueue(Role role, Parameter<String> queue) {
        return new OfQueue(role, queue);
    }

    /** In words, for the description of the API. */
    default String text() {
        return switch (this) {
            case Nothing n -> "nothing";
            case Anybody a -> "nothing";
            case Somewhere some -> some.role().text() + " on the queues concerned";
            case Everywhere every -> every.role().text() + " on every queue";
            case OfQueue queue -> queue.role().text() + " on the queue named";
        };
    }
}
