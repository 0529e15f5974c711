/**
 * The seam between the engine and a database: what a store must do, in batches, and the data that
 * crosses. Where a job stands is <em>which position row it has</em>; every transition deletes that
 * row and inserts the next in one transaction.
 *
 * <p>Imports {@code job} only. Start reading at {@link dev.millrace.store.JobStore}.
 */
@NullMarked
package dev.millrace.store;

import org.jspecify.annotations.NullMarked;
