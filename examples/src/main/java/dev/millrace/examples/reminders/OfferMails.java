package dev.millrace.examples.reminders;

import dev.millrace.App;
import dev.millrace.MillraceBuilder;
import dev.millrace.examples.smtp.Mail;
import dev.millrace.examples.smtp.Mailer;
import dev.millrace.job.JobContext;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Verdict;

import java.time.Duration;
import java.util.Locale;

/**
 * The jobs that send mails about offers. Each looks at the offer when it runs, days after it was
 * enqueued, and skips what is no longer wanted.
 *
 * <p>A mail goes out at least once. It is noted as sent after the server took it over, so a process
 * that dies between the two sends it again: under the same Message-ID, which is made from the job's
 * id. Every other repetition finds the note and skips.
 */
final class OfferMails implements App {
    /** Who they come from. */
    static final String FROM = "offers@reminders.example";

    /** Where all mails wait. */
    static final String QUEUE = "mail";

    /** Attempts over about a day and a half, as mail servers do. */
    private static final RetryPolicy PATIENT =
            RetryPolicy.standard()
                    .attempts(15)
                    .backoff(Duration.ofSeconds(30), Duration.ofHours(4));

    /** Tells somebody of a new offer. */
    static final Task<Invitation> INVITE = task("offer.invite", Invitation.class);

    /** Reminds of an offer that is still open. */
    static final Task<Reminder> REMIND = task("offer.remind", Reminder.class);

    /** Says how an offer ended. */
    static final Task<FollowUp> FOLLOW_UP = task("offer.follow-up", FollowUp.class);

    private final Offers offers;
    private final Mailer mailer;

    /**
     * Payload of {@link #INVITE}.
     *
     * @param offer which
     */
    record Invitation(long offer) {}

    /**
     * Payload of {@link #REMIND}.
     *
     * @param offer which
     * @param day how many days after it was made
     */
    record Reminder(long offer, int day) {}

    /**
     * Payload of {@link #FOLLOW_UP}.
     *
     * @param offer which
     * @param state that it came to
     */
    record FollowUp(long offer, Offer.State state) {}

    OfferMails(Offers offers, Mailer mailer) {
        this.offers = offers;
        this.mailer = mailer;
    }

    @Override
    public void configure(MillraceBuilder builder) {
        builder.handle(INVITE, this::invite)
                .handle(REMIND, this::remind)
                .handle(FOLLOW_UP, this::followUp);
    }

    private Object invite(Invitation invitation, JobContext job) throws Exception {
        Offer offer = offer(invitation.offer());
        if (offer.state() != Offer.State.OPEN) {
            return job.skip("offer already " + lower(offer.state()));
        }
        return send(job, offer, "invitation", "For you: " + offer.title());
    }

    private Object remind(Reminder reminder, JobContext job) throws Exception {
        Offer offer = offer(reminder.offer());
        if (offer.state() != Offer.State.OPEN) {
            return job.skip("offer already " + lower(offer.state()));
        }
        return send(
                job,
                offer,
                "reminder-" + reminder.day(),
                "Still open after %d days: %s".formatted(reminder.day(), offer.title()));
    }

    private Object followUp(FollowUp followUp, JobContext job) throws Exception {
        Offer offer = offer(followUp.offer());
        String what = lower(followUp.state());
        return send(job, offer, what, "%s: %s".formatted(followUp.state(), offer.title()));
    }

    private Object send(JobContext job, Offer offer, String what, String subject) throws Exception {
        if (offers.wasSent(offer.id(), what)) {
            return job.skip("this mail was sent before");
        }
        String messageId = idOf(job.id());
        String text = "%s\n\nYour offer number %d.\n".formatted(subject, offer.id());
        mailer.send(new Mail(offer.to(), subject, text, messageId));
        offers.sent(offer.id(), what, messageId);
        return messageId;
    }

    /** The id of the mail that a job sends, however often it runs. */
    static String idOf(long job) {
        return "<job-" + job + "@reminders.example>";
    }

    private Offer offer(long id) throws InterruptedException {
        return offers.find(id).orElseThrow(() -> new IllegalStateException("no offer " + id));
    }

    private static <P> Task<P> task(String kind, Class<P> payload) {
        return Task.named(kind, payload)
                .queue(QUEUE)
                .retry(PATIENT)
                .on(Mailer.Never.class, Verdict.discard());
    }

    private static String lower(Offer.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
