package dev.millrace.chaos;

import com.zaxxer.hikari.HikariDataSource;

import dev.millrace.Millrace;
import dev.millrace.postgres.PostgresStore;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;

/**
 * A worker in a process of its own. Led by its standard input: {@code clock MILLIS} sets its wall
 * clock so far off, {@code exhaust MILLIS} takes every connection of its pool for so long. A
 * SIGTERM drains it, and so does the end of its input. It says on standard output when it is ready;
 * everything else goes into its ledger.
 */
final class ChaosWorker {
    /**
     * The shortest with which a store that stands still for 3 s never makes the living look dead.
     */
    static final Duration LEASE = Duration.ofMillis(4500);

    static final Duration HEARTBEAT = Duration.ofMillis(900);
    static final String SCHEMA = "chaos";

    private static final int POOL = 6;
    private static final long STALL_NANOS = Duration.ofSeconds(1).toNanos();

    private ChaosWorker() {}

    /**
     * Works.
     *
     * @param args address of the store, ledger file, milliseconds by which the wall clock is off
     */
    public static void main(String[] args) throws Exception {
        var ledger = new LedgerFile(Path.of(args[1]));
        var clock = new JumpingClock();
        clock.set(Long.parseLong(args[2]));
        HikariDataSource pool = pool(args[0]);
        var started = new CompletableFuture<Millrace>();
        var hands = new Hands(ledger, started, pool);
        var builder =
                Millrace.builder()
                        .store(store(args[0], pool))
                        .clock(clock)
                        .lease(LEASE)
                        .heartbeat(HEARTBEAT)
                        .drain(Duration.ofSeconds(2))
                        .keepFinished(Duration.ofDays(300))
                        .queue("default", 16)
                        .queue(Deed.NARROW_QUEUE, 4)
                        .queue(
                                Deed.KEYED_QUEUE,
                                q -> q.slots(8).limitPerKey(Deed.KEY, Deed.PER_KEY));
        for (Deed deed : Deed.values()) {
            builder.handle(deed.task(), (order, job) -> hands.handle(deed, order, job));
        }
        var millrace = builder.start();
        started.complete(millrace);
        Thread.ofPlatform().daemon().start(() -> watch(ledger, millrace));
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            millrace.close();
                            ledger.line("refused " + millrace.refusedEndings());
                        }));
        System.out.println("ready " + millrace.workerId());
        obey(clock, pool);
        System.exit(0);
    }

    private static @Nullable HikariDataSource pool(String address) {
        if (!address.startsWith("jdbc:postgresql:")) {
            return null;
        }
        var pool = new HikariDataSource();
        pool.setJdbcUrl(address);
        pool.setMaximumPoolSize(POOL);
        pool.setConnectionTimeout(3_000);
        pool.setInitializationFailTimeout(30_000);
        return pool;
    }

    private static JobStore store(String address, @Nullable HikariDataSource pool) {
        return pool == null
                ? SqliteStore.at(Path.of(address.substring("sqlite:".length())))
                : PostgresStore.of(pool, SCHEMA, false);
    }

    private static void obey(JumpingClock clock, @Nullable HikariDataSource pool) throws Exception {
        var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            long millis = Long.parseLong(words[1]);
            switch (words[0]) {
                case "clock" -> clock.set(millis);
                case "exhaust" -> {
                    if (pool != null) {
                        Thread.ofPlatform().daemon().start(() -> exhaust(pool, millis));
                    }
                }
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    /** Waits in line for all that the pool has, and keeps it. */
    private static void exhaust(HikariDataSource pool, long millis) {
        long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
        var taken = new ArrayList<Connection>();
        while (taken.size() < POOL && System.nanoTime() - end < 0) {
            try {
                taken.add(pool.getConnection());
            } catch (SQLException e) {
                // the line was too long, or the server is away: in line again
            }
        }
        try {
            Pause.millis(Math.max(0, (end - System.nanoTime()) / 1_000_000));
            for (Connection each : taken) {
                each.close();
            }
        } catch (InterruptedException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Writes down when the whole process stood still, however that came, when it had to register
     * anew because others held it for dead, and how many endings were refused.
     */
    private static void watch(LedgerFile ledger, Millrace millrace) {
        long refused = 0;
        long worker = millrace.workerId();
        long last = System.nanoTime();
        while (true) {
            try {
                Pause.millis(50);
            } catch (InterruptedException e) {
                return;
            }
            long now = System.nanoTime();
            if (now - last > STALL_NANOS) {
                ledger.line("stall %d %d".formatted(last, now));
            }
            last = now;
            if (millrace.workerId() != worker) {
                worker = millrace.workerId();
                ledger.line("reborn " + worker);
            }
            if (millrace.refusedEndings() != refused) {
                refused = millrace.refusedEndings();
                ledger.line("refused " + refused);
            }
        }
    }
}
