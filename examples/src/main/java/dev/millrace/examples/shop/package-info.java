/**
 * A shop as two kinds of process on one store. Its web tier takes an order and answers at once;
 * workers, as many as are started, send the mails, write the invoices, tell the screen in the store
 * room, add the sales up each minute and pack the invoices each night. Start with {@link
 * dev.millrace.examples.shop.Shop}; {@link dev.millrace.examples.shop.Rehearsal} shows a rush.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.shop;
