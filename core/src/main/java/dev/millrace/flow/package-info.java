/**
 * Ready-made sources for the walks of long jobs: rows by SQL in the order of a key, pages of an
 * HTTP API, files of a directory. Each gives bounded pages from a cursor that can be stored, so
 * that a job that is killed goes on with the page in hand. Beside them what handlers that speak
 * HTTP need besides: a bounded body, and what {@code Retry-After} asks for. And pipelines: work in
 * steps, each in a queue of its own.
 *
 * <p>Imports {@code job}; may import {@code loop}, {@code store} and {@code queue}. Start reading
 * at {@link dev.millrace.flow.SqlPages}, {@link dev.millrace.flow.HttpPages} or {@link
 * dev.millrace.flow.FilePages}, and at {@link dev.millrace.job.Walk}, which they serve; or at
 * {@link dev.millrace.flow.Pipeline}.
 */
@NullMarked
package dev.millrace.flow;

import org.jspecify.annotations.NullMarked;
