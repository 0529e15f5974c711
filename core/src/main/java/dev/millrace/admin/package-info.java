/**
 * What people do to many jobs at once: cancel, retry or delete all that match a filter, with a
 * preview first, in bounded steps that leave the store to its work.
 *
 * <p>Imports {@code job}, {@code loop} and {@code store}. Start reading at {@link
 * dev.millrace.admin.BulkAction}.
 */
@NullMarked
package dev.millrace.admin;

import org.jspecify.annotations.NullMarked;
