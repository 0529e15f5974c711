package dev.millrace.examples.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The whole of it in a small form: real processes, a flaky source, and kills. */
@Timeout(180)
class BackupTest {
    @TempDir Path place;

    @Test
    void whatIsKilledTwiceIsBackedUpExportedAndRestoredByteForByte() throws Exception {
        var options = Options.read("--records", "5000", "--kills", "2");
        var said = new ByteArrayOutputStream();
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        int wrong;
        try {
            wrong = new Rehearsal(options, place, out, false).run();
        } finally {
            System.out.print(said.toString(StandardCharsets.UTF_8));
        }
        assertThat(wrong).as("seed %d", options.seed()).isZero();
        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .as("seed %d", options.seed())
                .anyMatch(line ->
                        line.contains("archive.backup completed")
                                && line.contains("2 kills, 2 resumed"))
                .anyMatch(line -> line.contains("All is right"));
    }

    @Test
    void whatCannotBeAskedForIsRefused() throws Exception {
        assertThatThrownBy(() -> Options.read("--records", "999"))
                .hasMessage("--records must be 1000 to 10000000, got '999'");
        assertThatThrownBy(() -> Options.read("--kills")).hasMessageContaining("a value after");
        assertThatThrownBy(() -> Options.read("--storm", "1")).hasMessageContaining("'--storm'");
        assertThatThrownBy(() -> Options.read("--store", "mysql://x"))
                .hasMessageContaining("sqlite:PATH or postgresql://…, got 'mysql://x'");
        assertThatThrownBy(() -> Options.read("--target", "x")).hasMessageContaining("jdbc:sqlite");
        assertThat(Options.read().pages()).isEqualTo(1_000);
        assertThat(Options.read().segments()).isEqualTo(20);
    }
}
