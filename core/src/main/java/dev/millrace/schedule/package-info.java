/**
 * Time: delayed jobs are promoted when they are due, schedules tick. Start reading at {@link
 * dev.millrace.schedule.Schedule}.
 *
 * <p>Imports {@code job}, {@code loop}, {@code store} and {@code queue}; meets the workers only in
 * the store.
 */
@NullMarked
package dev.millrace.schedule;

import org.jspecify.annotations.NullMarked;
