/** The commands. Imports its sister packages, never the demo and never {@code Main}. */
@NullMarked
package dev.millrace.server.command;

import org.jspecify.annotations.NullMarked;
