package dev.millrace.examples.reminders;

import dev.millrace.Millrace;
import dev.millrace.job.JobRequest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the web tier calls: offers are made, claimed and withdrawn. Each change of state enqueues
 * the mails that follow from it; none takes anything out of the queue.
 *
 * <p>Offers and jobs live in two databases, so a process may die after the change and before its
 * jobs. Each offer therefore notes which state it has told the queue, and {@link #catchUp} enqueues
 * what is missing. (With both in one PostgreSQL, {@code millrace.enqueue(connection, …)} in the
 * same transaction does away with that.)
 */
final class OfferDesk {
    /** When somebody who has not decided is reminded: days after the offer was made. */
    static final List<Integer> REMINDER_DAYS = List.of(2, 5);

    private static final int PAGE = 1_000;

    private final Offers offers;
    private final Millrace millrace;

    OfferDesk(Offers offers, Millrace millrace) {
        this.offers = offers;
        this.millrace = millrace;
    }

    /** Makes an offer: an invitation now, a reminder on each of the days. */
    long make(String to, String title) throws InterruptedException {
        Offer offer = offers.make(to, title);
        tell(offer);
        return offer.id();
    }

    /** Claims an offer; false when it was not open any more. */
    boolean claim(long id) throws InterruptedException {
        return close(id, Offer.State.CLAIMED);
    }

    /** Withdraws an offer; false when it was not open any more. */
    boolean withdraw(long id) throws InterruptedException {
        return close(id, Offer.State.WITHDRAWN);
    }

    /** Enqueues what a process that died did not; at the start of each process. */
    int catchUp() throws InterruptedException {
        int told = 0;
        for (var page = offers.untold(PAGE); !page.isEmpty(); page = offers.untold(PAGE)) {
            for (Offer offer : page) {
                tell(offer);
                told++;
            }
        }
        return told;
    }

    private boolean close(long id, Offer.State state) throws InterruptedException {
        if (!offers.close(id, state)) {
            return false;
        }
        var offer = offers.find(id);
        if (offer.isPresent()) {
            tell(offer.get());
        }
        return true;
    }

    private void tell(Offer offer) throws InterruptedException {
        millrace.enqueueAll(jobsOf(offer));
        offers.told(offer.id(), offer.state());
    }

    /**
     * The jobs that follow from an offer's state. Each has a unique key, so that saying it twice
     * leaves no second mail waiting beside the first.
     */
    static Stream<JobRequest<?>> jobsOf(Offer offer) {
        String tag = "offer:" + offer.id();
        var jobs = new ArrayList<JobRequest<?>>();
        switch (offer.state()) {
            case OPEN -> {
                jobs.add(
                        OfferMails.INVITE
                                .with(new OfferMails.Invitation(offer.id()))
                                .unique(tag + ":invitation")
                                .tag(tag));
                for (int day : REMINDER_DAYS) {
                    jobs.add(
                            OfferMails.REMIND
                                    .with(new OfferMails.Reminder(offer.id(), day))
                                    .delay(Duration.ofDays(day))
                                    .unique(tag + ":reminder-" + day)
                                    .tag(tag));
                }
            }
            case CLAIMED, WITHDRAWN ->
                    jobs.add(
                            OfferMails.FOLLOW_UP
                                    .with(new OfferMails.FollowUp(offer.id(), offer.state()))
                                    .unique(tag + ":follow-up")
                                    .tag(tag));
        }
        return jobs.stream();
    }
}
