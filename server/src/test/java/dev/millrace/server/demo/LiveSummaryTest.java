package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

class LiveSummaryTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void elsewhereThanOnATerminalOneLineEveryFiveSeconds() {
        var live = live(Screen.plain());
        for (int second = 0; second <= 11; second++) {
            live.show(new Progress(1_000, 900 - 50L * second, 10, 5, 80 + 50L * second, 5));
            pass(Duration.ofSeconds(1));
        }
        assertThat(text().lines())
                .containsExactly(
                        "  8 %: waiting 900, running 10, completed 80, retrying 5, set aside 5,"
                                + " 0.0 packages/s",
                        " 33 %: waiting 650, running 10, completed 330, retrying 5, set aside 5,"
                                + " 50 packages/s, 0:14 left",
                        " 58 %: waiting 400, running 10, completed 580, retrying 5, set aside 5,"
                                + " 50 packages/s, 0:09 left");
        assertThat(text()).doesNotContain("\u001b");
    }

    @Test
    void onATerminalLinesAreRedrawnInPlaceFourTimesASecond() {
        var live = live(new Screen(true, false, 80));
        for (int i = 0; i < 100; i++) {
            live.show(new Progress(100, 100L - i, 0, 0, i, 0));
            pass(Duration.ofMillis(10));
        }
        live.finish(new Progress(100, 0, 0, 0, 100, 0));
        // whatever moment it is killed at, the cursor is left visible and lines wrap
        var pictures = text().split("\u001b\\[J\u001b\\[\\?7h\u001b\\[\\?25h", -1);
        assertThat(pictures.length).isBetween(5, 7);
        assertThat(pictures[0]).startsWith("\u001b[?25l\u001b[?7l").contains("0 of 100");
        assertThat(pictures[1]).startsWith("\u001b[?25l\u001b[?7l\r\u001b[3A").contains("waiting");
        assertThat(text()).endsWith("\u001b[?7h\u001b[?25h").contains("100 %  100 of 100");
    }

    @Test
    void linesFitTheScreen() {
        for (int columns : new int[] {1, 20, 33, 40, 60, 80, 200}) {
            bytes.reset();
            var screen = new Screen(true, true, columns);
            try (var live = live(screen)) {
                live.show(new Progress(12_345_678, 11_000_000, 512, 2_000, 1_234_567, 999));
            }
            var lines = text().replaceAll("\u001b\\[[?0-9;]*[a-zA-Z]", "").split("\n");
            assertThat(Arrays.asList(lines))
                    .as("%d columns", columns)
                    .allSatisfy(
                            line -> assertThat(line.length()).isLessThan(Math.max(columns, 20)));
        }
    }

    @Test
    void whatIsSaidStaysAboveThePicture() {
        var live = live(new Screen(true, false, 80));
        live.show(new Progress(10, 10, 0, 0, 0, 0));
        live.say("stopping");
        live.show(new Progress(10, 10, 0, 0, 0, 0));
        assertThat(text()).endsWith("\r\u001b[3A\u001b[Jstopping\n");
    }

    @Test
    void nothingIsDrawnAfterTheEnd() {
        var live = live(new Screen(true, false, 80));
        live.finish(new Progress(0, 0, 0, 0, 0, 0));
        var before = text();
        pass(Duration.ofMinutes(1));
        live.show(new Progress(10, 10, 0, 0, 0, 0));
        live.close();
        assertThat(text()).isEqualTo(before);
    }

    @Test
    void theScreenIsJudgedByTheEnvironment() {
        assertThat(Screen.of(false, Map.of("TERM", "xterm"))).isEqualTo(Screen.plain());
        assertThat(Screen.of(true, Map.of("TERM", "dumb"))).isEqualTo(Screen.plain());
        assertThat(Screen.of(true, Map.of("TERM", "xterm", "COLUMNS", "120", "NO_COLOR", "1")))
                .isEqualTo(new Screen(true, false, 120));
        assertThat(Screen.of(true, Map.of("TERM", "xterm", "COLUMNS", "wide")))
                .isEqualTo(new Screen(true, true, 80));
    }

    private LiveSummary live(Screen screen) {
        return new LiveSummary(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), screen, nanos::get);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
