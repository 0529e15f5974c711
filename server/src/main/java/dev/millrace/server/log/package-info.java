/** How the program's log is written. */
@NullMarked
package dev.millrace.server.log;

import org.jspecify.annotations.NullMarked;
