package dev.millrace.job;

import java.time.Instant;
import java.util.Locale;

/**
 * One line that a handler logged about its job.
 *
 * @param at when
 * @param level how much it matters
 * @param message for people; at most {@value #MAX_MESSAGE} characters are kept
 */
public record LogLine(Instant at, Level level, String message) {
    /** The longest message kept, in characters. */
    public static final int MAX_MESSAGE = 4000;

    /** Of one job's log the newest lines are kept, up to about so many characters. */
    public static final int MAX_LOG = 256 << 10;

    /** How much a line matters; the codes are stored and never change. */
    public enum Level {
        /** For whoever looks closely. */
        DEBUG(1),
        /** What happened. */
        INFO(2),
        /** A person may want to act. */
        WARN(3),
        /** A person must act. */
        ERROR(4);

        private final int code;

        Level(int code) {
            this.code = code;
        }

        /** The number that stores keep. */
        public int code() {
            return code;
        }

        /** The level in lower case, as people write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The level that a stored number stands for. */
        public static Level of(int code) {
            for (Level level : values()) {
                if (level.code == code) {
                    return level;
                }
            }
            throw new IllegalArgumentException("log level must be 1 to 4, got " + code);
        }
    }

    /** Cuts what is too long and replaces what no store can hold. */
    public LogLine {
        message = Texts.bounded(message, MAX_MESSAGE);
    }
}
