package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.LogLine;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Report;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

class NotebookTest {
    private final Notebook notebook =
            new Notebook(
                    new ClaimedJob(
                            1,
                            1,
                            "q",
                            "work",
                            1,
                            4,
                            "{}",
                            1,
                            0,
                            10,
                            null,
                            List.of(),
                            Instant.EPOCH),
                    7);

    private void log(String message) {
        notebook.log(new LogLine(Instant.EPOCH, LogLine.Level.INFO, message));
    }

    private List<String> lines() {
        var lines = new ArrayList<String>();
        notebook.numberAfter(41);
        while (!notebook.isEmpty()) {
            Report.LogChunk chunk = notebook.open().log();
            if (chunk != null) {
                chunk.lines().forEach(line -> lines.add(line.message()));
            }
            notebook.close();
        }
        return lines;
    }

    @Test
    void aLogThatNobodyWritesHoldsNoMoreThanALogIsKept() {
        for (int i = 0; i < 100_000; i++) {
            log("line %084d".formatted(i));
        }
        var kept = lines();
        assertThat(kept).hasSize((LogLine.MAX_LOG + 104) / 105);
        assertThat(kept.getLast()).endsWith("99999");
    }

    @Test
    void linesThatWerePutBackStandBeforeThoseLoggedMeanwhile() {
        for (int i = 0; i < Report.MAX_LINES + 2; i++) {
            log("" + i);
        }
        notebook.open();
        log("last");
        notebook.putBack();
        var all = lines();
        assertThat(all).hasSize(Report.MAX_LINES + 3).startsWith("0", "1").endsWith("1001", "last");
    }
}
