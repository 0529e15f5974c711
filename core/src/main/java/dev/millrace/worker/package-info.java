/**
 * Claim, run, complete: batches of jobs are claimed for free slots, each runs on a virtual thread
 * of its own, and what became of it is recorded in natural batches.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}; meets schedule and upkeep only in the
 * store. Start reading at {@code Worker}, then {@code Claimer} and {@code JobRunner}.
 */
@NullMarked
package dev.millrace.worker;

import org.jspecify.annotations.NullMarked;
