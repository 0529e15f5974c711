/**
 * The routes of the HTTP API, declared as data, and what they do. Imports {@code access}, {@code
 * http}, {@code job}, {@code event}, {@code schema} and {@code text}. Start reading at {@link
 * dev.millrace.web.api.Api}.
 */
@NullMarked
package dev.millrace.web.api;

import org.jspecify.annotations.NullMarked;
