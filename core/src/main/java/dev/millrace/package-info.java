/**
 * Millrace: background work for web applications. {@link dev.millrace.Millrace} puts the rooms
 * together; nothing below imports it.
 */
@NullMarked
package dev.millrace;

import org.jspecify.annotations.NullMarked;
