/**
 * Measures Millrace beside its peers and beside bare loops on the same machine, in the same run.
 *
 * <p>{@link dev.millrace.benchmarks.Main} is the command. Rooms: {@code harness} (servers, meters,
 * reports and what a contender implements) imports no other room; {@code scenario} (what is
 * measured) and {@code contender} (who is measured) import {@code harness} only.
 */
@NullMarked
package dev.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
