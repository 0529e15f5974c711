package dev.millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.MillraceException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class CronTest {
    private static final List<Dst> POLICIES =
            List.of(
                    Dst.FIXED,
                    Dst.STEADY,
                    new Dst(Dst.Gap.SKIP, Dst.Overlap.ONCE),
                    new Dst(Dst.Gap.RUN_AFTER, Dst.Overlap.TWICE));
    private static final ZoneId PARIS = ZoneId.of("Europe/Paris");

    @SuppressWarnings("SystemOut")
    private static long seed() {
        long seed = Long.getLong("millrace.seed", new Random().nextLong());
        System.out.println("cron: seed " + seed + " (repeat with -Dmillrace.seed=" + seed + ")");
        return seed;
    }

    private static List<Instant> ticks(Cron cron, Instant after, Instant until) {
        var found = new ArrayList<Instant>();
        Instant at = after;
        while (true) {
            var next = cron.next(at);
            if (next.isEmpty() || next.get().isAfter(until)) {
                return found;
            }
            assertThat(next.get()).as("a tick comes after the one before").isAfter(at);
            at = next.get();
            found.add(at);
        }
    }

    /** Whole years, minute by minute, in zones of both hemispheres. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Europe/Paris",
                "America/New_York",
                "America/Sao_Paulo",
                "Australia/Sydney",
                "Australia/Lord_Howe",
                "Pacific/Apia",
                "Pacific/Auckland",
                "Africa/Casablanca",
                "Asia/Tehran",
                "America/St_Johns",
                "Asia/Gaza",
                "Africa/Cairo"
            })
    void ticksAreThoseThatALookAtEveryMinuteFinds(String name) {
        long seed = seed();
        var random = new Random(seed);
        ZoneId zone = ZoneId.of(name);
        for (int i = 0; i < 24; i++) {
            int year = i == 0 ? 2011 : 1980 + random.nextInt(70);
            Instant from =
                    Instant.parse(year + "-01-01T00:00:00Z")
                            .minus(random.nextInt(2000), ChronoUnit.MINUTES);
            Instant to = from.plus(Duration.ofDays(370));
            Dst dst = POLICIES.get(random.nextInt(4));
            String expression = new RandomCron(random).next("0");
            Cron cron;
            try {
                cron = Cron.of(expression, zone, dst);
            } catch (MillraceException e) {
                assertThat(
                                new CronOracle(expression, ZoneOffset.UTC, dst)
                                        .ticks(from, to.plus(Duration.ofDays(1500)), 60))
                        .as("%s is refused: %s", expression, e.getMessage())
                        .isEmpty();
                continue;
            }
            assertThat(ticks(cron, from, to))
                    .as("%s in %s from %s, %s, seed %d", expression, zone, from, dst, seed)
                    .isEqualTo(new CronOracle(expression, zone, dst).ticks(from, to, 60));
        }
    }

    /** Second by second around each change. */
    @Test
    void secondsAreRightAroundChangesOfTheClocks() {
        long seed = seed();
        var random = new Random(seed);
        for (String name :
                List.of("Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Amman")) {
            ZoneId zone = ZoneId.of(name);
            var changes =
                    CronOracle.changes(
                            zone,
                            Instant.parse("2005-01-01T00:00:00Z"),
                            Instant.parse("2013-01-01T00:00:00Z"));
            for (var change : changes) {
                Instant from = change.getInstant().minus(2, ChronoUnit.HOURS);
                Instant to = change.getInstant().plus(3, ChronoUnit.HOURS);
                Dst dst = POLICIES.get(random.nextInt(4));
                String expression =
                        new RandomCron(random).numbers(0, 59, 4)
                                + " "
                                + new RandomCron(random).numbers(0, 59, 2)
                                + " * * * *";
                assertThat(ticks(Cron.of(expression, zone, dst), from, to))
                        .as("%s in %s from %s, %s, seed %d", expression, zone, from, dst, seed)
                        .isEqualTo(new CronOracle(expression, zone, dst).ticks(from, to, 1));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // expression, zone, after, next
        "0 3 * * *, Europe/Paris, 2026-03-01T12:00:00Z, 2026-03-02T02:00:00Z",
        "30 2 * * *, Europe/Paris, 2026-03-28T12:00:00Z, 2026-03-29T01:00:00Z",
        "30 2 * * *, Europe/Paris, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
        "*/30 * * * *, Europe/Paris, 2026-10-25T00:30:00Z, 2026-10-25T01:00:00Z",
        "*/30 * * * *, Europe/Paris, 2026-03-29T00:30:00Z, 2026-03-29T01:00:00Z",
        "15 2 * * *, Australia/Lord_Howe, 2026-10-03T00:00:00Z, 2026-10-03T15:30:00Z",
        "0 12 * * *, Pacific/Apia, 2011-12-29T23:00:00Z, 2011-12-30T10:00:00Z",
        "0 0 29 2 ?, UTC, 1996-02-29T00:00:00Z, 2000-02-29T00:00:00Z",
        "0 0 29 2 ?, UTC, 2096-03-01T00:00:00Z, 2104-02-29T00:00:00Z",
        "0 0 L * *, UTC, 2026-02-01T00:00:00Z, 2026-02-28T00:00:00Z",
        "0 0 LW * *, UTC, 2026-02-01T00:00:00Z, 2026-02-27T00:00:00Z",
        "0 0 1W * *, UTC, 2026-07-31T00:00:00Z, 2026-08-03T00:00:00Z",
        "0 0 * * FRI#2, UTC, 2026-05-01T00:00:00Z, 2026-05-08T00:00:00Z",
        "0 0 * * 5L, UTC, 2026-05-01T00:00:00Z, 2026-05-29T00:00:00Z",
        "0 0 13 * FRI, UTC, 2026-05-01T00:00:00Z, 2026-05-08T00:00:00Z",
        "*/10 * * * * *, UTC, 2026-05-01T00:00:01.5Z, 2026-05-01T00:00:10Z",
        "@daily, UTC, 2026-05-01T00:00:00Z, 2026-05-02T00:00:00Z",
        "@WEEKLY, UTC, 2026-05-01T00:00:00Z, 2026-05-03T00:00:00Z",
        "0 0 * * fri-sun, UTC, 2026-05-03T00:00:00Z, 2026-05-08T00:00:00Z"
    })
    void knownTicks(String expression, String zone, Instant after, Instant next) {
        assertThat(Cron.of(expression, ZoneId.of(zone)).next(after)).contains(next);
    }

    @Test
    void whatFallsIntoAGapEachYearAndIsSkippedNeverComes() {
        var never = Cron.of("30 2 ? 3 SUNL", PARIS, new Dst(Dst.Gap.SKIP, Dst.Overlap.ONCE));
        assertThat(never.next(Instant.parse("2026-01-01T00:00:00Z"))).isEmpty();
        assertThat(Cron.of("30 2 ? 3 SUNL", PARIS).next(Instant.parse("2026-01-01T00:00:00Z")))
                .contains(Instant.parse("2026-03-29T01:00:00Z"));
    }

    @Test
    void farMomentsAreAnsweredToo() {
        var cron = Cron.of("0 3 * * *", PARIS);
        assertThat(cron.next(Instant.MIN)).contains(Instant.parse("1970-01-01T02:00:00Z"));
        assertThat(cron.next(Instant.MAX)).isEmpty();
        assertThat(cron.next(Instant.parse("9998-12-31T23:59:59Z"))).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 3 * * FOO | expected a day of the week 0-7 or SUN-SAT | got 'FOO' at character"
                        + " 9",
                "60 * * * * | expected a minute 0-59 | got '60' at character 1",
                "* 24 * * * | expected an hour 0-23 | got '24' at character 3",
                "* * 0 * * | expected a day of the month 1-31 | got '0' at character 5",
                "* * * 13 * | expected a month 1-12 or JAN-DEC | got '13' at character 7",
                "* * * * 8 | expected a day of the week | got '8' at character 9",
                "*/0 * * * * | expected a step of 1 to 59 | got '0' at character 3",
                "*/99999999999999 * * * * | expected a step of 1 to 59 | at character 3",
                "0-999999999 * * * * | expected a minute 0-59 | got '999999999' at character 3",
                "22-2 * * * * | expected a range that goes up | got '22-2' at character 1",
                "1,,2 * * * * | expected a minute 0-59 | got ',2' at character 3",
                "1, * * * * | expected a minute 0-59 | got the end of the field at character 3",
                "* * * * | expected 5 fields | got 4",
                "* * * * * * * | expected 5 fields | got 7",
                "@reboot | expected @yearly | got '@reboot'",
                "0 0 31 2 * | expected a day of the month that some year has | got '31' at"
                        + " character 5",
                "0 0 30W 2 ? | expected a day of the month that some year has | got '30W'",
                "0 0 L-30 2,4 ? | expected a day of the month that some year has | got 'L-30'",
                "0 0 ? * MON#6 | expected 1 to 5 after '#' | got '6' at character 13",
                "0 0 ? * L | expected a day of the week | got 'L' at character 9",
                "0 0 L-0 * * | expected 1 to 30 days before the last | got '0'",
                "0 0 1-5W * * | expected ',' or the end of the field | got 'W'",
                "?,1 * * * * | expected a minute | got '?",
                "-1 * * * * | expected a minute 0-59 | got '-1' at character 1",
                "1.5 * * * * | expected ',' or the end of the field | got '.5'",
                "0 0 * * MONDAY | expected ',' or the end of the field | got 'DAY'"
            })
    void whatCannotBeMeantIsRefusedWithWhatWasExpectedWhatWasGotAndWhere(
            String expression, String expected, String got) {
        assertThatThrownBy(() -> Cron.of(expression, PARIS))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining(expected)
                .hasMessageContaining(got)
                .hasMessageContaining("nothing was scheduled");
    }

    private static List<String> hostile() {
        return List.of(
                "",
                " ".repeat(200),
                "*".repeat(256),
                "*/1,".repeat(60) + "* * * *",
                "0-59/1,".repeat(30) + "61 * * * *",
                "1-2-3-4-5 * * * *",
                "9".repeat(250) + " * * * *",
                "x".repeat(100_000_000),
                "\u0000\u0000 * * * *",
                "\u0661 * * * *",
                "\u00df \ufb03 * * \ud800",
                "* * * * *\n* * * * *",
                "0 0 31 2,4,6,9,11 ?",
                "0 0 30 2 ?",
                "(((((((((((((((((",
                "@" + "daily".repeat(40),
                "L L L L L",
                "W # / , -",
                "0 0 L-31 * *",
                "0 0 32W * *");
    }

    @Test
    void hostileTextIsRefusedInNoTimeAndNoSpace() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (String text : hostile()) {
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 20; i++) {
                long bytes = threads.getCurrentThreadAllocatedBytes();
                long nanos = System.nanoTime();
                assertThatThrownBy(() -> Cron.of(text, PARIS))
                        .isInstanceOf(MillraceException.class);
                least = Math.min(least, System.nanoTime() - nanos);
                assertThat(threads.getCurrentThreadAllocatedBytes() - bytes)
                        .as("bytes")
                        .isLessThan(1_000_000);
            }
            assertThat(least).as("nanoseconds").isLessThan(10_000_000);
        }
    }

    @Test
    void textByChanceIsReadOrRefusedAndNeverAnythingElse() {
        long seed = seed();
        var random = new Random(seed);
        String letters = "0123456789*/-,?LW# MONFRISUNJAN@\t";
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(24); n >= 0; n--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            if (random.nextBoolean()) {
                text.append(" * * *");
            }
            try {
                Cron.of(text.toString(), ZoneOffset.UTC).next(Instant.EPOCH);
            } catch (MillraceException e) {
                assertThat(e.getMessage()).as("seed %d", seed).contains("expected", "got");
            }
        }
    }
}
