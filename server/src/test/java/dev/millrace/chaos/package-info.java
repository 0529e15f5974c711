/**
 * Millrace under faults: worker processes that are killed, frozen, cut off and starved while jobs
 * come in, and a ledger of what they did that is compared with what the store says afterwards.
 * Start reading with {@link dev.millrace.chaos.Rounds}; what is proved stands in {@link
 * dev.millrace.chaos.LedgerCheck}.
 */
@NullMarked
package dev.millrace.chaos;

import org.jspecify.annotations.NullMarked;
