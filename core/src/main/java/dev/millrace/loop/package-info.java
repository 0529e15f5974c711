/**
 * How every long-lived part runs: work that arrives meanwhile goes into the next batch ({@link
 * dev.millrace.loop.Batcher}), a step is repeated for ever ({@link dev.millrace.loop.Service}), a
 * failure is followed by a longer wait ({@link dev.millrace.loop.Backoff}).
 *
 * <p>Imports no other room.
 */
@NullMarked
package dev.millrace.loop;

import org.jspecify.annotations.NullMarked;
