/**
 * The web tier: HTTP over a {@link dev.millrace.Millrace}. Imports all of its sister packages; none
 * imports it. Start reading at {@link dev.millrace.web.Web}.
 */
@NullMarked
package dev.millrace.web;

import org.jspecify.annotations.NullMarked;
