/**
 * The contract that every store keeps, as tests. An engine extends {@link
 * dev.millrace.testkit.contract.JobStoreContract} in its own tests and changes nothing.
 */
@NullMarked
package dev.millrace.testkit.contract;

import org.jspecify.annotations.NullMarked;
