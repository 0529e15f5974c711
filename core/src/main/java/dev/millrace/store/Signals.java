package dev.millrace.store;

/**
 * Wake-ups. They only make things quicker: the poll is the truth, and a lost signal costs at most
 * one poll interval.
 */
public interface Signals {
    /**
     * Calls the listener soon after work may have become available, in this process or another.
     * Calls are coalesced. The listener must not block and must not throw.
     *
     * @return closing it ends the subscription
     */
    Subscription onWork(Runnable listener);

    /**
     * Tells every process that work may have become available: after the commit of a transaction
     * with jobs of its own. Coalesced; never blocks on the network.
     */
    void announce();

    /** A listener's registration. */
    interface Subscription extends AutoCloseable {
        /** Ends it; twice does nothing. */
        @Override
        void close();
    }
}
