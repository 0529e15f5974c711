/**
 * The main job of {@code millrace demo}: real packages with their home pages, looked up on a slow
 * and unreliable web on loopback, graded, and reported.
 *
 * <p>Start reading at {@code DemoRun} (from its first line to its last, and how it goes on after a
 * kill), then {@code PackageCsv} (what comes in), {@code PageFetcher} and {@code Grader} (what one
 * job does), {@code FlakyWeb} (what it does it to), then {@code DemoSummary} and {@code Report}
 * (what comes out).
 */
@NullMarked
package dev.millrace.server.demo;

import org.jspecify.annotations.NullMarked;
