/**
 * An exhaustive search through everything that a few jobs and workers can do, with lost answers,
 * frozen and dying workers, on the plain model of a store. Start reading at {@link
 * dev.millrace.testkit.model.Explorer}.
 */
@NullMarked
package dev.millrace.testkit.model;

import org.jspecify.annotations.NullMarked;
