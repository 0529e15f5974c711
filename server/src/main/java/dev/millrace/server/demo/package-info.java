/**
 * What {@code millrace demo} does, and {@code serve --app demo} a little of each minute: real
 * packages go through a pipeline, from their name to the grade of their home page on a slow and
 * unreliable web on loopback, and are reported.
 *
 * <p>Start reading at {@code DemoRun} (from its first line to its last, and how it goes on after a
 * kill), then {@code PackageCsv} (what comes in), {@code GradeSteps} with {@code PageFetcher} and
 * {@code Grader} (what the steps do), {@code FlakyWeb} (what they do it to), then {@code
 * DemoSummary} and {@code Report} (what comes out).
 */
@NullMarked
package dev.millrace.server.demo;

import org.jspecify.annotations.NullMarked;
