/** Workers that are processes of their own and speak the worker protocol with real servers. */
@NullMarked
package dev.millrace.server.remote;

import org.jspecify.annotations.NullMarked;
