/** Who is measured: job systems with their best documented settings, and bare loops as limits. */
@NullMarked
package dev.millrace.benchmarks.contender;

import org.jspecify.annotations.NullMarked;
