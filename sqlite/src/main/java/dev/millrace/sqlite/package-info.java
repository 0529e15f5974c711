/** The store in one SQLite file. Imports core and the driver. */
@NullMarked
package dev.millrace.sqlite;

import org.jspecify.annotations.NullMarked;
