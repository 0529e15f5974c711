package dev.millrace.store;

import dev.millrace.job.UniqueKey.OnConflict;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A key that a job wants to hold from its acceptance on.
 *
 * @param scope whose key it is; keys of different scopes never meet
 * @param key the key
 * @param until held until this moment, whether or not the job has ended by then; {@code null}:
 *     until it has ended
 * @param onConflict what happens when another holds it; always {@code KEEP} for idempotency keys
 * @param fingerprint what an idempotency key's request must be equal in; empty for unique keys
 */
public record KeyHold(
        Scope scope,
        String key,
        @Nullable Instant until,
        OnConflict onConflict,
        String fingerprint) {

    /** The kinds of keys; the codes are stored and never change. */
    public enum Scope {
        /** At most one job for the key. */
        UNIQUE(0),
        /** The same request again. */
        IDEMPOTENCY(1);

        private final int code;

        Scope(int code) {
            this.code = code;
        }

        /** The number that stores keep. */
        public int code() {
            return code;
        }
    }
}
