/**
 * What every measurement shares: the server, the meters, the report, and the interface a contender
 * implements. Start reading at {@link dev.millrace.benchmarks.harness.Contender}.
 */
@NullMarked
package dev.millrace.benchmarks.harness;

import org.jspecify.annotations.NullMarked;
