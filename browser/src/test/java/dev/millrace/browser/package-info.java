/**
 * The dashboard as people use it, in a real browser: {@link dev.millrace.browser.PagesTest} is a
 * walk through its pages. Nothing waits for a time: every assertion waits for what it says.
 */
@NullMarked
package dev.millrace.browser;

import org.jspecify.annotations.NullMarked;
