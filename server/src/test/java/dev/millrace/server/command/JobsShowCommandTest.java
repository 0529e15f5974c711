package dev.millrace.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Progress;

import org.junit.jupiter.api.Test;

import java.time.Instant;

class JobsShowCommandTest {
    private static String shown(long done, long total) {
        return JobsShowCommand.progress(new Progress(done, total, null, 0, Instant.EPOCH));
    }

    @Test
    void aShareIsShownInPercentHoweverLargeTheCounts() {
        long most = Long.MAX_VALUE;
        assertThat(shown(1, 4)).isEqualTo("1 of 4 (25 %)");
        assertThat(shown(1L << 60, 1L << 62)).contains("(25 %)");
        assertThat(shown(most - 1, most)).contains("(99 %)");
        assertThat(shown(most, most)).contains("(100 %)");
        assertThat(shown(most, 1)).contains("(100 %)");
    }
}
