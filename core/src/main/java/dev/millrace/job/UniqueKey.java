package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;

/**
 * At most one job for a key. A job holds its key <em>while live</em>, that is until it has
 * completed, was cancelled, expired or discarded; or, with a window, for that long after it was
 * accepted whether or not it has ended by then. A discarded job that is retried by hand does not
 * take its key back.
 *
 * @param key what must be unique in the store; 1 to 200 characters, letters, digits and . _ : / -
 * @param window how long the key is held; {@code null} for while live
 * @param onConflict what happens to the later job
 */
public record UniqueKey(String key, @Nullable Duration window, OnConflict onConflict) {

    /** What happens when another job holds the key. */
    public enum OnConflict {
        /** The earlier job stays, the later is not accepted: its receipt names the earlier. */
        KEEP,
        /**
         * The later job takes the place of one that waits in the same queue, with its own payload
         * and the earlier one's due time; the earlier is cancelled. One that runs goes on without
         * its key. One of another queue stays, as with {@link #KEEP}: whoever may enqueue there
         * need not have a say here.
         */
        REPLACE,
        /**
         * As {@link #REPLACE}, but due when the later job says: with a delay, a burst of jobs
         * becomes one that runs when the burst has been over for that long.
         */
        DEBOUNCE;

        /** The answer in lower case, as people write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The answer that people wrote.
         *
         * @throws MillraceException with {@code invalid-input} when it is none
         */
        public static OnConflict of(String text) {
            for (OnConflict answer : values()) {
                if (answer.text().equals(text)) {
                    return answer;
                }
            }
            throw MillraceException.invalid(
                    "on-conflict must be keep, replace or debounce, got '%s'; nothing was accepted"
                            .formatted(Names.printable(text)));
        }
    }

    /** Checks the name and the window. */
    public UniqueKey {
        Names.check("unique key", key);
        if (window != null) {
            if (window.isZero()) {
                throw MillraceException.invalid(
                        "the window of a unique key must be longer than 0s (key '%s')"
                                .formatted(key));
            }
            Waits.check("the window of a unique key", window);
        }
    }

    /** Held while the job is live; a later job is not accepted. */
    public static UniqueKey whileLive(String key) {
        return new UniqueKey(key, null, OnConflict.KEEP);
    }

    /** The same key, held for this long after the job was accepted. */
    public UniqueKey within(Duration newWindow) {
        return new UniqueKey(key, newWindow, onConflict);
    }

    /** The same key with another answer to a conflict. */
    public UniqueKey onConflict(OnConflict answer) {
        return new UniqueKey(key, window, answer);
    }
}
