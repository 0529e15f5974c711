package dev.millrace.chaos;

import dev.millrace.chaos.Evidence.Outage;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link ChaosWorker} as its parent sees it. Thread-safe. */
final class Member implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String name;
    private final Process process;
    private final PrintWriter commands;
    private final LedgerReader ledger;
    private final List<Outage> outages = new ArrayList<>();
    private final @Nullable Wire wire;
    private volatile boolean ready;
    private volatile long death = Long.MAX_VALUE;

    /**
     * Starts one; does not wait until it is ready.
     *
     * @param directory for its ledger and its log
     * @param wire what lies between it and its store, if something does
     */
    Member(String name, Path directory, String address, long offsetMillis, @Nullable Wire wire)
            throws IOException {
        this.name = name;
        this.wire = wire;
        Path file = directory.resolve(name + ".ledger");
        this.ledger = new LedgerReader(file, name);
        this.process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ChaosWorker.class.getName(),
                                address,
                                file.toString(),
                                Long.toString(offsetMillis))
                        .redirectError(directory.resolve(name + ".log").toFile())
                        .start();
        this.commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    String name() {
        return name;
    }

    @Nullable Wire wire() {
        return wire;
    }

    LedgerReader ledger() {
        return ledger;
    }

    /** Waits until it works; false when it ended because it could not reach its store. */
    boolean awaitReady() throws IOException {
        var lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        ready = line != null && line.startsWith("ready ");
        if (!ready && isWanted()) {
            death = Math.min(death, System.nanoTime());
            closeWire();
            return false;
        }
        return true;
    }

    void command(String text) {
        commands.println(text);
    }

    /** Whether it was not told to end. */
    boolean isWanted() {
        return death == Long.MAX_VALUE;
    }

    /** Whether it ended although it worked and nobody told it to. */
    boolean diedByItself() {
        return ready && isWanted() && !process.isAlive();
    }

    long death() {
        return death;
    }

    /** Kills it as a lack of memory does. */
    void kill() throws InterruptedException {
        death = Math.min(death, System.nanoTime());
        process.destroyForcibly().waitFor();
        closeWire();
    }

    /** Lets it drain, as a deploy does; kills it when it does not end. */
    void drain() throws InterruptedException, IOException {
        signal("TERM");
        boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        death = Math.min(death, System.nanoTime());
        closeWire();
        if (!ended) {
            process.destroyForcibly().waitFor();
            throw new IllegalStateException(
                    "%s must end within %s of SIGTERM; it was killed".formatted(name, PATIENCE));
        }
    }

    private void closeWire() {
        if (wire != null) {
            wire.close();
        }
    }

    void freeze(long millis) throws InterruptedException, IOException {
        long from = System.nanoTime();
        synchronized (outages) {
            outages.add(new Outage(name, from, Long.MAX_VALUE - (1L << 40)));
        }
        signal("STOP");
        try {
            Pause.millis(millis);
        } finally {
            signal("CONT");
            over(from);
        }
    }

    /** Runs what cuts it off from its store, and remembers from when to when. */
    void cutOff(Cut cut) throws Exception {
        long from = System.nanoTime();
        synchronized (outages) {
            outages.add(new Outage(name, from, Long.MAX_VALUE - (1L << 40)));
        }
        try {
            cut.last();
        } finally {
            over(from);
        }
    }

    /** Something that cuts a process off, and ends. */
    interface Cut {
        void last() throws Exception;
    }

    private void over(long from) {
        synchronized (outages) {
            outages.removeIf(outage -> outage.from() == from);
            outages.add(new Outage(name, from, System.nanoTime()));
        }
    }

    List<Outage> outages() {
        synchronized (outages) {
            var all = new ArrayList<>(outages);
            all.addAll(ledger.stalls());
            return all;
        }
    }

    private void signal(String signal) throws IOException, InterruptedException {
        if (!process.isAlive()) {
            return;
        }
        int exit =
                new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .redirectErrorStream(true)
                        .start()
                        .waitFor();
        if (exit != 0 && process.isAlive()) {
            throw new IllegalStateException("kill -%s answered %d".formatted(signal, exit));
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
