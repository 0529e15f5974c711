package dev.millrace.examples.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The whole of it in a small form: real processes, a flaky source, and kills. */
@Timeout(180)
class BackupTest {
    @TempDir Path place;

    @Test
    void whatIsKilledTwiceIsBackedUpExportedAndRestoredByteForByte() throws Exception {
        int tries = 1;
        // anew when this process was given no processor until there was nothing left to kill
        while (!isKilledTwice(rehearsed(tries))) {
            assertThat(++tries).as("tries").isLessThan(4);
        }
    }

    private static boolean isKilledTwice(String said) {
        return said.lines()
                .anyMatch(line ->
                        line.contains("archive.backup completed")
                                && line.contains("2 kills, 2 resumed"));
    }

    /** What it says of itself, all of which is right. */
    private String rehearsed(int tries) throws Exception {
        var options = Options.read("--records", "5000", "--kills", "2");
        var said = new ByteArrayOutputStream();
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        var own = Files.createDirectory(place.resolve("try" + tries));
        int wrong;
        try {
            wrong = new Rehearsal(options, own, out, false).run();
        } finally {
            System.out.print(said.toString(StandardCharsets.UTF_8));
        }
        assertThat(wrong).as("seed %d", options.seed()).isZero();
        assertThat(said.toString(StandardCharsets.UTF_8))
                .as("seed %d", options.seed())
                .contains("All is right");
        return said.toString(StandardCharsets.UTF_8);
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
