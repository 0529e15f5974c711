/**
 * What happens in the store, as a stream of events: one poller for all clients of this process.
 * Imports {@code http}, {@code job}, {@code schema} and {@code text}. Start reading at {@link
 * dev.millrace.web.event.Feed}.
 */
@NullMarked
package dev.millrace.web.event;

import org.jspecify.annotations.NullMarked;
