/**
 * Who may do what: users and tokens from a file, sessions kept in the store, what is hidden, and
 * the seam for the host application's own way to know people. Imports {@code http}, {@code job} and
 * {@code text}. Start reading at {@link dev.millrace.web.access.AccessRules}, then {@link
 * dev.millrace.web.access.Door}.
 */
@NullMarked
package dev.millrace.web.access;

import org.jspecify.annotations.NullMarked;
