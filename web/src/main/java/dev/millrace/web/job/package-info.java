/**
 * Jobs, queues and workers as programs write and read them. Imports {@code schema} and {@code
 * text}. Start reading at {@link dev.millrace.web.job.JobBody} for what comes in and {@link
 * dev.millrace.web.job.JobView} for what goes out.
 */
@NullMarked
package dev.millrace.web.job;

import org.jspecify.annotations.NullMarked;
