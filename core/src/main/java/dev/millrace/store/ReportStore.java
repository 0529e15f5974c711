package dev.millrace.store;

import dev.millrace.job.Checkpoint;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.Progress;

import java.sql.Connection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What running jobs leave behind: progress and log lines for people, checkpoints, steps and signals
 * for their next attempt. Rows exist only for jobs that report or are sent a signal, and go with
 * the job. A part of the {@link JobStore}; the same rules and failures hold.
 *
 * <p>Fenced: a report is written only while its claim's running row exists, which it locks against
 * deletion. A checkpoint that is written sets the job's count of rescues back to zero.
 */
public interface ReportStore {
    /** The most reports of one call. */
    int MAX_REPORTS = 1_000;

    /**
     * Writes reports in one transaction, at DISK durability.
     *
     * @param reports at most {@value #MAX_REPORTS}, each job at most once
     * @return {@link Recorded#RECORDED}, {@link Recorded#LOST} or {@link Recorded#BUSY} for each,
     *     in the same order; a busy one holds up no other
     */
    List<Recorded> report(List<Report> reports);

    /**
     * Writes a report inside the caller's own open transaction: it counts if and only if that
     * commits. Until then nobody can take the claim away, and other reports of the job are {@link
     * Recorded#BUSY}.
     *
     * @throws MillraceException with {@code lease-lost} when the claim is no longer held: the
     *     transaction must be rolled back; with {@code not-supported} on stores that cannot
     */
    void report(Connection connection, Report report);

    /**
     * The job's checkpoint as the caller's own open transaction sees it, with one that it wrote
     * itself and has not committed. From then on until that ends other reports of the job are
     * {@link Recorded#BUSY}, so that nobody outruns what is built upon it.
     *
     * @throws MillraceException with {@code not-supported} on stores that cannot
     */
    Optional<Checkpoint> checkpoint(Connection connection, long jobId);

    /**
     * Records a completion inside the caller's own open transaction, so that what else it writes
     * and the completion happen together or not at all. Reporting the same ending afterwards to
     * {@link JobStore#complete} answers {@link Recorded#ALREADY} once it has committed.
     *
     * @param ending its {@code next} is {@link Ending.Next.Finished}
     * @throws MillraceException as {@link #report(Connection, Report)}
     */
    void complete(Connection connection, Ending ending);

    /** Whether the running row of this claim exists. One round trip. */
    boolean holds(long workerId, JobClaim claim);

    /**
     * The numbers of the newest parts of jobs' logs; those without a log are left out. One round
     * trip.
     *
     * @param jobIds at most {@value #MAX_REPORTS}
     */
    Map<Long, Long> lastChunks(Collection<Long> jobIds);

    /** What earlier attempts left; {@link Carried#NOTHING} for a job that left nothing. */
    Carried carried(long jobId);

    /**
     * Keeps a signal for a job that has not ended, and makes the job available when it waits for
     * this one.
     *
     * @param name 1 to 200 characters
     * @param payload JSON text
     * @return the state in which the job was found; empty for an unknown one. Ended and discarded
     *     jobs are sent nothing
     * @throws MillraceException with {@code invalid-input} when the job was sent {@value
     *     Carried#MAX_SIGNALS} signals before
     */
    Optional<JobState.Name> signal(long jobId, String name, String payload, Instant now);

    /**
     * Asks for the stack of a running job's thread; its worker learns of it by its next pulse and
     * reports it.
     *
     * @return the state in which the job was found; nothing is asked of one that does not run
     */
    Optional<JobState.Name> askStack(long jobId, Instant now);

    /** All that a job left behind; {@link JobReport#NONE} for one that left nothing. */
    JobReport look(long jobId);

    /**
     * All that jobs left behind; those that left nothing are left out. One round trip.
     *
     * @param jobIds at most {@value #MAX_REPORTS}
     */
    Map<Long, JobReport> look(Collection<Long> jobIds);

    /**
     * How far jobs have come; those that never said so are left out. One round trip.
     *
     * @param jobIds at most {@value #MAX_REPORTS}
     */
    Map<Long, Progress> progress(Collection<Long> jobIds);
}
