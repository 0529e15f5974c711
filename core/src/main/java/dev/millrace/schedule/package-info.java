/**
 * Time: delayed jobs are promoted when they are due.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}; meets the workers only in the store.
 */
@NullMarked
package dev.millrace.schedule;

import org.jspecify.annotations.NullMarked;
