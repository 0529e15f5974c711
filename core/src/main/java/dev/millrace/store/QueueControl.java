package dev.millrace.store;

import dev.millrace.job.MillraceException;

import org.jspecify.annotations.Nullable;

/**
 * What is set on a queue for the whole cluster, and heeded by claims.
 *
 * @param paused whether nothing of it is claimed; what runs goes on
 * @param maxRunning the most jobs of it that run at once in all processes, 1 to 1,000,000; {@code
 *     null} for no limit but the workers' slots
 * @param gated whether its jobs without keys are claimed only once they are admitted too, see
 *     {@link QueueLimits#isGated}; set with the limits
 */
public record QueueControl(boolean paused, @Nullable Integer maxRunning, boolean gated) {
    /** Not paused, not limited. */
    public static final QueueControl NONE = new QueueControl(false, null);

    private static final int MOST = 1_000_000;

    /** Not gated. */
    public QueueControl(boolean paused, @Nullable Integer maxRunning) {
        this(paused, maxRunning, false);
    }

    /**
     * What is to be changed; what is not said stays as it is, so that two people who change
     * different things at once do not undo each other.
     *
     * @param paused whether to pause; {@code null} to leave that as it is
     * @param saysLimit whether {@code maxRunning} is to be set
     * @param maxRunning the limit to set; {@code null} for none
     */
    public record Change(
            @Nullable Boolean paused, boolean saysLimit, @Nullable Integer maxRunning) {
        /** Checks the bound. */
        public Change {
            if (saysLimit) {
                check(maxRunning);
            }
        }

        /** Pauses or resumes, and leaves the limit. */
        public static Change paused(boolean paused) {
            return new Change(paused, false, null);
        }

        /** Sets or lifts the limit, and leaves a pause. */
        public static Change limit(@Nullable Integer maxRunning) {
            return new Change(null, true, maxRunning);
        }

        /** Sets everything but what comes with the limits. */
        public static Change to(QueueControl control) {
            return new Change(control.paused(), true, control.maxRunning());
        }

        /** What is set afterwards. */
        public QueueControl applyTo(QueueControl before) {
            return new QueueControl(
                    paused == null ? before.paused() : paused,
                    saysLimit ? maxRunning : before.maxRunning(),
                    before.gated());
        }
    }

    /** Checks the bound. */
    public QueueControl {
        check(maxRunning);
    }

    private static void check(@Nullable Integer maxRunning) {
        if (maxRunning != null && (maxRunning < 1 || maxRunning > MOST)) {
            throw MillraceException.invalid(
                    "a queue's limit must be 1 to %d, got %d; nothing was changed"
                            .formatted(MOST, maxRunning));
        }
    }
}
