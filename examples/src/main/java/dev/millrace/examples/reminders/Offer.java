package dev.millrace.examples.reminders;

/**
 * Something offered to somebody.
 *
 * @param id its number
 * @param to whose it is to claim: a mail address
 * @param title what it is
 * @param state where it stands
 */
record Offer(long id, String to, String title, State state) {

    /** Refuses what would break out of a mail's header. */
    Offer {
        for (String line : new String[] {to, title}) {
            if (line.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException(
                        "an offer's address and title must be one line each, got control"
                                + " characters; no offer was made");
            }
        }
    }

    /** Where an offer stands. Names are stored. */
    enum State {
        /** Made, and nobody has decided yet. */
        OPEN,
        /** Taken by whom it was offered to. */
        CLAIMED,
        /** Taken back by whoever made it. */
        WITHDRAWN
    }
}
