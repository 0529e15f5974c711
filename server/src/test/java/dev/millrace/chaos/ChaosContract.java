package dev.millrace.chaos;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;

import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Everything that was accepted ends once, whatever strikes. A few rounds in every build; {@code
 * ./mvnw -Pchaos verify} runs 200 on each engine, {@code -Dmillrace.chaos.rounds=N} as many as it
 * says, {@code -Dmillrace.chaos.minutes=N} begins none after so long.
 */
abstract class ChaosContract {
    abstract Engine engine() throws Exception;

    @Test
    @SuppressWarnings("SystemOut")
    void whateverStrikesEverythingAcceptedEndsOnce() throws Exception {
        quiet("com.zaxxer.hikari");
        quiet("io.zonky.test.db.postgres");
        int wanted = Integer.getInteger("millrace.chaos.rounds", 2);
        long minutes = Long.getLong("millrace.chaos.minutes", 24 * 60);
        long seed = Seeds.draw(getClass().getSimpleName());
        var reports = Path.of("target", "chaos").toAbsolutePath();
        long start = System.nanoTime();
        long last = start + Duration.ofMinutes(minutes).toNanos();
        try (Engine engine = engine();
                var rounds =
                        new Rounds(engine, seed, reports.resolve(engine.name() + "-" + seed))) {
            try {
                for (int round = 1; round <= wanted && System.nanoTime() - last < 0; round++) {
                    rounds.run(round);
                }
            } finally {
                var report = rounds.report(Duration.ofNanos(System.nanoTime() - start));
                report.write(reports);
                System.out.println(report.table());
            }
        }
    }

    /** What others say of faults that are made on purpose would be all there is to read. */
    private static void quiet(String library) {
        ((Logger) LoggerFactory.getLogger(library)).setLevel(Level.OFF);
    }
}
