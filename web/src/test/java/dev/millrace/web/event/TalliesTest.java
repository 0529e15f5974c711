package dev.millrace.web.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** What ends, by the second. */
class TalliesTest {
    private final AtomicLong completed = new AtomicLong(5);
    private final AtomicLong failed = new AtomicLong();
    private final Tallies tallies =
            new Tallies(
                    new Tallies.Source(true, completed::get, failed::get),
                    Clock.fixed(Instant.EPOCH, ZoneOffset.UTC),
                    new Random(1));

    @Test
    void everySecondIsTheDifferenceToTheOneBefore() {
        completed.set(12);
        tallies.count();
        failed.set(3);
        tallies.count();
        assertThat(tallies.recent())
                .isEqualTo(
                        new Event(
                                "",
                                "tally",
                                "{\"at\":\"1970-01-01T00:00:00Z\",\"worker\":true,\"completed\":12,"
                                        + "\"failed\":3,\"recent\":[[7,0],[0,3]]}"));
    }

    @Test
    void onlyTheLastFiveMinutesAreKept() {
        for (int i = 0; i < 400; i++) {
            completed.incrementAndGet();
            tallies.count();
        }
        String seconds = tallies.recent().data().replaceAll(".*recent\":\\[|]}$", "");
        assertThat(seconds.split("],")).hasSize(300).allMatch(each -> each.startsWith("[1,0"));
    }
}
