/** What a worker from the command line runs: applications by name, the demo's kinds. */
@NullMarked
package dev.millrace.server.work;

import org.jspecify.annotations.NullMarked;
