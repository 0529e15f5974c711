package dev.millrace.examples.shop;

/**
 * An order, as jobs carry it.
 *
 * @param number by which the shop knows it
 * @param customer a mail address
 * @param item what was ordered
 * @param cents what it costs
 */
record Order(long number, String customer, String item, int cents) {}
