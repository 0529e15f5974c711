/**
 * Reminders: an application that makes offers and mails about them, days ahead. Nothing is ever
 * removed from the queue: each job looks, when it runs, whether it is still wanted. Start with
 * {@link dev.millrace.examples.reminders.OfferDesk} and {@link
 * dev.millrace.examples.reminders.OfferMails}; {@link dev.millrace.examples.reminders.Main} shows
 * them at work.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.reminders;
