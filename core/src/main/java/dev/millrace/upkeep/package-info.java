/**
 * What keeps a store healthy: workers that died are noticed and their jobs rescued, finished jobs
 * are pruned, what happens is counted.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}; meets the workers only in the store.
 * Start reading at {@link dev.millrace.upkeep.DeathWatch}.
 */
@NullMarked
package dev.millrace.upkeep;

import org.jspecify.annotations.NullMarked;
