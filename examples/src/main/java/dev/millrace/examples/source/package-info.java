/**
 * A paginated HTTP source on loopback with the faults of real ones, and a ledger of what it was
 * asked. Start with {@link dev.millrace.examples.source.SourceProcess}.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.source;
