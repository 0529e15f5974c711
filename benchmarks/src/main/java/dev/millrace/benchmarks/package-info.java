/** Millrace beside its peers. Nothing imports it. */
@NullMarked
package dev.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
