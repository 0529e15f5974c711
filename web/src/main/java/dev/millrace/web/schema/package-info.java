/**
 * What JSON looks like, as data: declared beside the views and bodies it describes, written out in
 * the description of the API, and held against real answers by the tests. Imports no sister
 * package. Start reading at {@link dev.millrace.web.schema.Schema}.
 */
@NullMarked
package dev.millrace.web.schema;

import org.jspecify.annotations.NullMarked;
