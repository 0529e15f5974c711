/**
 * What people do to many jobs at once: cancel, retry or delete all that match a filter, with a
 * preview first, in bounded steps that leave the store to its work; and how many workers are wanted
 * for the work there is.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}. Start reading at {@link
 * dev.millrace.admin.BulkAction} or {@link dev.millrace.admin.Scale}.
 */
@NullMarked
package dev.millrace.admin;

import org.jspecify.annotations.NullMarked;
