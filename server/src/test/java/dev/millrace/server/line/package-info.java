/** The command line from end to end: what is said to it and what comes back. */
@NullMarked
package dev.millrace.server.line;

import org.jspecify.annotations.NullMarked;
