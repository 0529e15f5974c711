/** The command line and the process around the engine. Nothing imports it. */
@NullMarked
package dev.millrace.server;

import org.jspecify.annotations.NullMarked;
