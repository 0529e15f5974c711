/**
 * Limits by key: who of the jobs with keys may run now. Start with {@link
 * dev.millrace.limit.Admitter}.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}; meets the workers only in the store.
 */
@NullMarked
package dev.millrace.limit;

import org.jspecify.annotations.NullMarked;
