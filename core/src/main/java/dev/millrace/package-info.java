/** The façade. Nothing below imports it. */
@NullMarked
package dev.millrace;

import org.jspecify.annotations.NullMarked;
