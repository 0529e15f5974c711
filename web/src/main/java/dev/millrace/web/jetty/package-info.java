/** The one place that knows the HTTP server library. Imports {@code http}. */
@NullMarked
package dev.millrace.web.jetty;

import org.jspecify.annotations.NullMarked;
