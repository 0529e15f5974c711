/** What stores and users test themselves with. Imports core, JUnit and AssertJ. */
@NullMarked
package dev.millrace.testkit;

import org.jspecify.annotations.NullMarked;
