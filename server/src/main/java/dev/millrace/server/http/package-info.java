/**
 * The kind {@code http.request}, which every server carries. Start with {@link
 * dev.millrace.server.http.HttpRequestKind}.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.server.http;
