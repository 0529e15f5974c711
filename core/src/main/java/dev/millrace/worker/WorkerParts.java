package dev.millrace.worker;

import dev.millrace.store.JobStore;

import java.time.Clock;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What the claimers of one worker share.
 *
 * @param nanos the process's monotonic clock
 * @param random thread-safe
 * @param mayStart whether what was claimed under this worker id may start now: the id is still the
 *     worker's, and the last answered beat is younger than the lease
 * @param gateOpened called when jobs kept back by the gate may start
 * @param lost called with a worker id that the store declared dead
 */
record WorkerParts(
        JobStore store,
        Handlers handlers,
        JobRunner runner,
        Completer completer,
        AloneGate gate,
        Clock clock,
        LongSupplier nanos,
        RandomGenerator random,
        LongPredicate mayStart,
        Runnable gateOpened,
        LongConsumer lost) {}
