/** The store on PostgreSQL. Imports core, the driver and its pool. */
@NullMarked
package dev.millrace.postgres;

import org.jspecify.annotations.NullMarked;
