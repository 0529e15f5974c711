/**
 * The same job, the same server, the same memory: a process for each job, a fork of a warm process,
 * a pool of platform threads, and virtual threads on Millrace. Start with {@link
 * dev.millrace.examples.comparison.Main}.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.comparison;
