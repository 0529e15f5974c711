/** What is measured: one class per scenario, each runs any contender that offers what it needs. */
@NullMarked
package dev.millrace.benchmarks.scenario;

import org.jspecify.annotations.NullMarked;
