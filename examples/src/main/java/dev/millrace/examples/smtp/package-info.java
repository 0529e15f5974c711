/**
 * A mail server on loopback with the manners of real ones, for the examples to send to. Start with
 * {@link dev.millrace.examples.smtp.Postbox}.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.smtp;
