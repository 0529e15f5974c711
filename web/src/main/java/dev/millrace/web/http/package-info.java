/**
 * HTTP as our handlers see it: requests, responses, routes declared as data, problems. Knows no
 * server library, so that the same routes may be served by any. Imports {@code schema} and {@code
 * text}. Start reading at {@link dev.millrace.web.http.Route}, then {@link
 * dev.millrace.web.http.Dispatcher}.
 */
@NullMarked
package dev.millrace.web.http;

import org.jspecify.annotations.NullMarked;
