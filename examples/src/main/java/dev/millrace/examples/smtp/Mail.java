package dev.millrace.examples.smtp;

/**
 * One mail.
 *
 * @param to one address
 * @param subject one line
 * @param text plain
 * @param messageId with its angle brackets; the same whenever the same mail is sent again, so that
 *     whoever gets it twice can tell
 */
public record Mail(String to, String subject, String text, String messageId) {}
