package dev.millrace.web.http;

import dev.millrace.web.text.Durations;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;

/** Reads a body whole, as long as it comes fast enough. */
final class BodyReader {
    /** How long it may take in all. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /** How long it may take before it has to keep up. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final int LEAST_BYTES_PER_SECOND = 1 << 10;
    private static final int PIECE = 16 << 10;

    private BodyReader() {}

    /**
     * The whole body.
     *
     * @throws Refused with 408 when it comes too slowly, 413 when it is too long
     * @throws IOException when the client is gone
     */
    static byte[] read(Incoming incoming, long most, Visit visit)
            throws IOException, InterruptedException {
        long said = incoming.length();
        visit.loadBody(said < 0 ? most : said);
        long began = System.nanoTime();
        var bytes = new ByteArrayOutputStream();
        byte[] piece = new byte[PIECE];
        while (true) {
            long left = began + mayTake(bytes.size()).toNanos() - System.nanoTime();
            int read = left <= 0 ? 0 : incoming.read(piece, PIECE, Duration.ofNanos(left));
            if (read == 0) {
                throw tooSlow(bytes.size());
            }
            if (read < 0) {
                return bytes.toByteArray();
            }
            bytes.write(piece, 0, read);
            if (bytes.size() > most) {
                throw tooLong(most, "more");
            }
        }
    }

    private static Duration mayTake(int bytes) {
        Duration kept = GRACE.plusMillis(bytes * 1000L / LEAST_BYTES_PER_SECOND);
        return kept.compareTo(LONGEST) < 0 ? kept : LONGEST;
    }

    private static Refused tooSlow(int bytes) {
        return new Refused(
                Problem.of(408, "too-slow", "the body came too slowly; nothing was accepted")
                        .expectedGot(
                                "%d bytes a second after %s, all of it within %s"
                                        .formatted(
                                                LEAST_BYTES_PER_SECOND,
                                                Durations.text(GRACE),
                                                Durations.text(LONGEST)),
                                bytes + " bytes")
                        .header("Connection", "close"));
    }

    /** A refusal of a body that is too long. */
    static Refused tooLong(long bound, String got) {
        return new Refused(
                Problem.of(
                                413,
                                "too-large",
                                "the body must have at most %d bytes; nothing was accepted"
                                        .formatted(bound))
                        .expectedGot("at most %d bytes".formatted(bound), got));
    }
}
