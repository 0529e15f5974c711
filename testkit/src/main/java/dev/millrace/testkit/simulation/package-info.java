/**
 * Whole days of many workers with crashes, freezes, lost answers and clock jumps, in a second and
 * by a seed. Start reading at {@link dev.millrace.testkit.simulation.Simulation}.
 */
@NullMarked
package dev.millrace.testkit.simulation;

import org.jspecify.annotations.NullMarked;
