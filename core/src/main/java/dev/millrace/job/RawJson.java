package dev.millrace.job;

/**
 * A payload or result that is already JSON text and travels as it is: numbers keep every digit,
 * members keep their order. Use it as a task's payload type where no record exists, for instance
 * from the command line.
 *
 * @param text one JSON document; checked when it is enqueued, not here
 */
public record RawJson(String text) {}
