/**
 * What several examples need to put themselves on stage: stores by name, processes of their own.
 */
@org.jspecify.annotations.NullMarked
package dev.millrace.examples.stage;
