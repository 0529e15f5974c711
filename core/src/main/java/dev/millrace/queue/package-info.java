/**
 * Enqueue: requests are checked, encoded, given an id and accepted by the store in natural batches;
 * whoever wants to may wait for a result.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}. This room is all that a web process
 * needs. Start reading at {@link dev.millrace.queue.JobQueue}.
 */
@NullMarked
package dev.millrace.queue;

import org.jspecify.annotations.NullMarked;
