package dev.millrace.chaos;

import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A store whose surroundings can be made to fail. */
interface Engine extends AutoCloseable {
    String name();

    /** Which deeds it can do. */
    List<Deed> deeds();

    /** Which faults can strike here. */
    List<Fault> faults();

    /** The store, opened by the producer's process, migrated. */
    JobStore open() throws Exception;

    /** What lies between the producer's process and the store, where something does. */
    @Nullable Wire producersWire();

    /** A new worker's way to the store, where it needs one. */
    @Nullable Wire wire() throws java.io.IOException;

    /** What a worker is told to open. */
    String address(@Nullable Wire wire);

    /** Lets one of its own faults strike, and lifts it again; those exclude each other. */
    void strike(Fault fault, long millis, Burst burst) throws Exception;

    /** Sends more than the space left can hold. */
    interface Burst {
        void send() throws InterruptedException;
    }

    /** The numbers of the effects found, by nonce. */
    Map<Long, List<Integer>> effects(Collection<Long> nonces) throws Exception;
}
