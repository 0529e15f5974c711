package dev.millrace.remote;

import dev.millrace.store.Carried;
import dev.millrace.store.ClaimedJob;

import org.jspecify.annotations.Nullable;

/**
 * A job given to a remote worker, with all that running it needs.
 *
 * @param job as it was claimed
 * @param token to be named with all that is said of it
 * @param checkpoint JSON text, where to resume; {@code null} for none
 * @param carried what else earlier attempts left
 */
public record RemoteJob(
        ClaimedJob job, ClaimToken token, @Nullable String checkpoint, Carried carried) {}
