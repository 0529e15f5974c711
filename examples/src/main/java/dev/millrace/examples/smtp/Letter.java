package dev.millrace.examples.smtp;

/**
 * A mail as the server took it.
 *
 * @param to the recipient
 * @param messageId as its sender named it; empty when it did not
 * @param subject as it was sent, still encoded
 */
public record Letter(String to, String messageId, String subject) {}
