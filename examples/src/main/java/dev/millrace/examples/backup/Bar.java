package dev.millrace.examples.backup;

import dev.millrace.job.Progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * How far a job has come, in one line: drawn over itself in a terminal, elsewhere a line for every
 * quarter. For one thread.
 */
final class Bar {
    private static final int WIDTH = 24;
    private static final int WIPE = 79;

    private final PrintStream out;
    private final String name;
    private final boolean live;
    private int told;

    Bar(PrintStream out, String name, boolean live) {
        this.out = out;
        this.name = name;
        this.live = live;
    }

    /** Draws what a job has said of itself. */
    void draw(Progress progress) {
        if (progress.total() == 0) {
            return;
        }
        double part = Math.min(1, (double) progress.done() / progress.total());
        String line = line(name, progress, part);
        if (live) {
            out.print("\r" + line + " ".repeat(Math.max(0, WIPE - line.length())));
            out.flush();
        } else if ((int) (part * 4) > told) {
            told = (int) (part * 4);
            out.println(line);
        }
    }

    /** Says something on a line of its own; the bar goes on below it. */
    void say(String text) {
        if (live) {
            out.print("\r" + " ".repeat(WIPE) + "\r");
        }
        out.println(text);
    }

    static String line(String name, Progress progress, double part) {
        int full = (int) Math.round(part * WIDTH);
        return String.format(
                Locale.ROOT,
                "  %-8s [%s%s] %3.0f%%  %,d of %,d  %,.0f/s  %s",
                name,
                "#".repeat(full),
                ".".repeat(WIDTH - full),
                Math.floor(part * 100),
                progress.done(),
                progress.total(),
                progress.perSecond(),
                progress.left().map(Bar::left).orElse("time left unknown"));
    }

    private static String left(Duration left) {
        return left.toSeconds() < 100
                ? (left.toMillis() + 999) / 1000 + " s left"
                : (left.toSeconds() + 59) / 60 + " min left";
    }
}
