package dev.millrace.job;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Reads stored terms, and keeps what it read last: jobs with the same keys have the same terms, and
 * each is read when it is admitted and again when it is claimed. Holds at most {@value #PLACES}
 * texts of {@value #LONGEST} characters; each text has one place, which the next text of that place
 * takes. Thread-safe, without locks.
 */
final class RecentTerms {
    /** For all stores of the process. */
    static final RecentTerms SHARED = new RecentTerms();

    private static final int PLACES = 4_096;
    private static final int LONGEST = 200;

    private final AtomicReferenceArray<@Nullable Known> places = new AtomicReferenceArray<>(PLACES);

    private record Known(String text, JobTerms terms) {}

    /**
     * Reads the form that stores keep, which is not empty.
     *
     * @throws MillraceException with {@code invalid-input} when it is not of that form
     */
    JobTerms read(String text) {
        int hash = text.hashCode();
        int place = (hash ^ hash >>> 16) & (PLACES - 1);
        Known known = places.getAcquire(place);
        if (known != null && known.text().equals(text)) {
            return known.terms();
        }
        JobTerms terms = TermsText.read(text);
        if (text.length() <= LONGEST) {
            places.setRelease(place, new Known(text, terms));
        }
        return terms;
    }
}
