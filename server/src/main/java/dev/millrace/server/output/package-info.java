/** How answers look: tables, JSON lines, progress. Imports no sister package. */
@NullMarked
package dev.millrace.server.output;

import org.jspecify.annotations.NullMarked;
