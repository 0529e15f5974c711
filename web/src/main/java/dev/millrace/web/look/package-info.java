/**
 * What many who look at the same things share, so that they cost the store no more than one.
 * Imports {@code http} and {@code job}. Start reading at {@link dev.millrace.web.look.Recent}.
 */
@NullMarked
package dev.millrace.web.look;

import org.jspecify.annotations.NullMarked;
