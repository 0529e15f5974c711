/** What the command line, the environment and the configuration file say; and stores by URL. */
@NullMarked
package dev.millrace.server.config;

import org.jspecify.annotations.NullMarked;
