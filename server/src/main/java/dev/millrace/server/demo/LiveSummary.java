package dev.millrace.server.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Shows progress while it happens: on a terminal a few lines redrawn in place, at most four times a
 * second and in one write each, so that nothing flickers; elsewhere one line every five seconds.
 * Show it as often as you like. Safe for many threads; memory is constant.
 */
final class LiveSummary implements AutoCloseable {
    private static final long REDRAW_NANOS = Duration.ofMillis(240).toNanos();
    private static final long PLAIN_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int SAMPLES = 32;
    private static final String ESC = "\u001b[";

    private final PrintStream out;
    private final Screen screen;
    private final LongSupplier nanoTime;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private long shownAt;
    private boolean shown;
    private int linesOnScreen;
    private boolean closed;

    private record Sample(long nanos, long ended) {}

    private record Cell(String label, String value, String colour) {
        int width() {
            return label.length() + 1 + value.length();
        }
    }

    /**
     * Nothing is written before the first {@link #show}.
     *
     * @param nanoTime a monotonic clock, such as {@code System::nanoTime}
     */
    LiveSummary(PrintStream out, Screen screen, LongSupplier nanoTime) {
        this.out = out;
        this.screen = screen;
        this.nanoTime = nanoTime;
    }

    /** Shows this progress, unless the last was shown a moment ago. */
    synchronized void show(Progress progress) {
        long now = nanoTime.getAsLong();
        long pause = screen.terminal() ? REDRAW_NANOS : PLAIN_NANOS;
        remember(now, progress.ended());
        if (!closed && (!shown || now - shownAt >= pause)) {
            draw(now, progress);
        }
    }

    /** Writes a line that stays, above what is redrawn. */
    synchronized void say(String line) {
        out.print(screen.terminal() ? upAndClear() + line + "\n" : line + "\n");
        out.flush();
        linesOnScreen = 0;
    }

    /** Shows this progress for good. */
    synchronized void finish(Progress progress) {
        long now = nanoTime.getAsLong();
        remember(now, progress.ended());
        if (!closed) {
            draw(now, progress);
        }
        close();
    }

    /** Shows nothing more. Twice is once. */
    @Override
    public synchronized void close() {
        closed = true;
    }

    /** A sample at most every 300 ms: the rate looks back about ten seconds. */
    private void remember(long now, long ended) {
        var last = samples.peekLast();
        if (last == null || now - last.nanos() >= Duration.ofMillis(300).toNanos()) {
            samples.addLast(new Sample(now, ended));
            if (samples.size() > SAMPLES) {
                samples.removeFirst();
            }
        }
    }

    private double perSecond(long now, long ended) {
        var first = samples.peekFirst();
        if (first == null || now - first.nanos() < Duration.ofMillis(200).toNanos()) {
            return 0;
        }
        return (ended - first.ended()) * 1e9 / (now - first.nanos());
    }

    private static Optional<Duration> left(Progress progress, double perSecond) {
        long open = progress.total() - progress.ended();
        if (open <= 0 || perSecond < 0.05) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofSeconds(Math.round(Math.ceil(open / perSecond))));
    }

    private void draw(long now, Progress progress) {
        double rate = perSecond(now, progress.ended());
        out.print(screen.terminal() ? picture(progress, rate) : sentence(progress, rate));
        out.flush();
        shown = true;
        shownAt = now;
    }

    private static String sentence(Progress progress, double rate) {
        return ("%3d %%: waiting %d, running %d, completed %d, retrying %d,"
                        + " set aside %d, %s packages/s%s\n")
                .formatted(
                        Math.round(Math.floor(100 * progress.share())),
                        progress.waiting(),
                        progress.running(),
                        progress.completed(),
                        progress.retrying(),
                        progress.setAside(),
                        rate(rate),
                        left(progress, rate).map(left -> ", " + clock(left) + " left").orElse(""));
    }

    private String picture(Progress progress, double rate) {
        var lines = new ArrayList<String>();
        lines.add(bar(progress));
        lines.addAll(
                rows(
                        List.of(
                                new Cell("waiting", number(progress.waiting()), ""),
                                new Cell("running", number(progress.running()), "36"),
                                new Cell("completed", number(progress.completed()), "32"),
                                new Cell("retrying", number(progress.retrying()), "33"),
                                new Cell("set aside", number(progress.setAside()), "31"),
                                new Cell("packages/s", rate(rate), "1"),
                                new Cell(
                                        "left",
                                        left(progress, rate).map(LiveSummary::clock).orElse("–"),
                                        "1"))));
        // Hidden cursor and cut lines last for this one write: a kill leaves no odd terminal
        // behind.
        var picture = new StringBuilder(ESC + "?25l" + ESC + "?7l").append(up());
        for (var line : lines) {
            picture.append(line).append(ESC).append("K\n");
        }
        linesOnScreen = lines.size();
        return picture.append(ESC + "J" + ESC + "?7h" + ESC + "?25h").toString();
    }

    private String bar(Progress progress) {
        var text =
                " %3d %%  %s of %s"
                        .formatted(
                                Math.round(Math.floor(100 * progress.share())),
                                number(progress.ended()),
                                number(progress.total()));
        int room = Math.min(60, screen.columns() - 1 - text.length());
        if (room < 5) {
            return text.strip().substring(0, Math.min(screen.columns() - 1, text.strip().length()));
        }
        double filled = progress.share() * room;
        int whole = (int) filled;
        var bar = new StringBuilder("█".repeat(whole));
        if (whole < room) {
            bar.append(" ▏▎▍▌▋▊▉".charAt((int) (8 * (filled - whole))));
            bar.append(" ".repeat(room - whole - 1));
        }
        return (screen.colour() ? ESC + "32;100m" + bar + ESC + "0m" : bar) + text;
    }

    /** As many cells side by side as fit, each as wide as the widest. */
    private List<String> rows(List<Cell> cells) {
        int width = cells.stream().mapToInt(Cell::width).max().orElse(0);
        width = Math.max(width, 16);
        int across = Math.clamp((screen.columns() - 1 + 3) / (width + 3), 1, 4);
        var rows = new ArrayList<String>();
        for (int from = 0; from < cells.size(); from += across) {
            var row = new StringBuilder();
            for (var cell : cells.subList(from, Math.min(cells.size(), from + across))) {
                row.append(row.isEmpty() ? "" : "   ").append(text(cell, width));
            }
            rows.add(row.toString());
        }
        return rows;
    }

    private String text(Cell cell, int width) {
        var gap = " ".repeat(width - cell.label().length() - cell.value().length());
        if (!screen.colour() || cell.colour().isEmpty()) {
            return cell.label() + gap + cell.value();
        }
        return cell.label() + gap + ESC + cell.colour() + "m" + cell.value() + ESC + "0m";
    }

    private String up() {
        return linesOnScreen == 0 ? "" : "\r" + ESC + linesOnScreen + "A";
    }

    private String upAndClear() {
        return linesOnScreen == 0 ? "" : up() + ESC + "J";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 10 ? "%.1f" : "%,.0f", perSecond);
    }

    private static String clock(Duration time) {
        return time.toHours() > 0
                ? "%d:%02d:%02d"
                        .formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart())
                : "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
    }
}
