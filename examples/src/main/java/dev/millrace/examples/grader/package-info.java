/**
 * Companies graded by their websites in four steps: name, website, fetch, grade. The web is a small
 * and flaky one in the same process. Start reading at {@link
 * dev.millrace.examples.grader.GradeSteps}.
 */
@NullMarked
package dev.millrace.examples.grader;

import org.jspecify.annotations.NullMarked;
