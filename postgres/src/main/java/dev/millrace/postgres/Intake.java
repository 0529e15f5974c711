package dev.millrace.postgres;

import dev.millrace.store.Accepted;
import dev.millrace.store.NewJob;

import java.sql.Connection;
import java.time.Instant;
import java.util.List;

/** How jobs come in, and who learns of them. */
final class Intake {
    private final Enqueues enqueues;
    private final KeyedEnqueues keyed;
    private final DueFloor due;
    private final DueFloor expiries;
    private final Wakeups wakeups;

    /**
     * @param due of scheduled jobs
     * @param expiries of jobs' times to live
     */
    Intake(Sql sql, Enqueues enqueues, DueFloor due, DueFloor expiries, Wakeups wakeups) {
        this.enqueues = enqueues;
        this.keyed = new KeyedEnqueues(sql, enqueues);
        this.due = due;
        this.expiries = expiries;
        this.wakeups = wakeups;
    }

    void enqueue(List<NewJob> newJobs, boolean resend) {
        enqueues.enqueue(newJobs, resend);
        accepted(newJobs);
        if (newJobs.stream().anyMatch(job -> !job.isDelayed())) {
            wakeups.announce();
        }
    }

    List<Accepted> enqueueKeyed(List<NewJob> newJobs, boolean resend) {
        List<Accepted> answers = keyed.enqueue(newJobs, resend);
        accepted(newJobs);
        // one that replaced another may be due at once whatever it said itself
        if (answers.stream().anyMatch(answer -> isAccepted(answer))) {
            wakeups.announce();
        }
        return answers;
    }

    /** Jobs have been accepted, here or with something else. */
    void accepted(List<NewJob> added) {
        for (NewJob job : added) {
            Instant runAt = job.runAt();
            if (runAt != null && job.isDelayed()) {
                due.added(runAt);
            }
            Instant expiresAt = job.terms().expiresAt();
            if (expiresAt != null) {
                expiries.added(expiresAt);
            }
        }
    }

    private static boolean isAccepted(Accepted answer) {
        return answer.how() == Accepted.How.NEW || answer.how() == Accepted.How.REPLACED;
    }

    List<Accepted> enqueue(Connection connection, List<NewJob> newJobs) {
        List<Accepted> answers = keyed.enqueue(connection, newJobs);
        accepted(newJobs);
        return answers;
    }
}
