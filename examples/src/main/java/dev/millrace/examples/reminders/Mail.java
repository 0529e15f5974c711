package dev.millrace.examples.reminders;

/**
 * One mail.
 *
 * @param to one address
 * @param subject one line
 * @param text plain
 * @param messageId with its angle brackets; the same whenever the same mail is sent again, so that
 *     whoever gets it twice can tell
 */
record Mail(String to, String subject, String text, String messageId) {

    /** The id of the mail that a job sends, however often it runs. */
    static String idOf(long job) {
        return "<job-" + job + "@reminders.example>";
    }
}
