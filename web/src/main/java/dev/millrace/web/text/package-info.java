/**
 * How values look as text, over HTTP and on the command line alike: JSON lines, durations, moments,
 * lines of a stream, the known word nearest to an unknown one. Imports no sister package.
 */
@NullMarked
package dev.millrace.web.text;

import org.jspecify.annotations.NullMarked;
