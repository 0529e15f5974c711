package dev.millrace.web.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What is open by sessions that have ended elsewhere. */
class StaysTest {
    @Test
    void whateverTheirNumberEachEndsWithinAFewLooks() {
        var ended = new AtomicInteger();
        try (var stays = new Stays(session -> false, new Random(1))) {
            for (int i = 0; i < 2_000; i++) {
                stays.enter("session " + i, ended::incrementAndGet);
            }
            for (int looks = 0; looks < 12; looks++) {
                stays.look();
            }
        }
        assertThat(ended.get()).isGreaterThanOrEqualTo(2_000);
    }
}
