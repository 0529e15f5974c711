/**
 * Work for programs that are no part of this process: they register, claim with long waits, beat,
 * report and end jobs by messages that any process on the store can take, since nothing about them
 * is kept but in the store. Imports {@code job}, {@code loop} and {@code store}. Start reading at
 * {@link dev.millrace.remote.RemoteWork}.
 */
@NullMarked
package dev.millrace.remote;

import org.jspecify.annotations.NullMarked;
