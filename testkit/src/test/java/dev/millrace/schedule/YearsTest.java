package dev.millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Json;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.queue.JobQueue;
import dev.millrace.store.JobStore;
import dev.millrace.store.TickRow;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.FaultyStore;
import dev.millrace.testkit.MemoryStore;
import dev.millrace.testkit.Seeds;

import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Years of schedules in a moment: a clock that jumps from tick to tick, several processes that lose
 * calls and answers, outages, and the clocks of both hemispheres.
 */
class YearsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00.5Z");
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);
    private static final List<String> ZONES =
            List.of(
                    "Europe/Paris",
                    "America/New_York",
                    "Australia/Sydney",
                    "Australia/Lord_Howe",
                    "America/Santiago",
                    "Pacific/Chatham",
                    "UTC");

    private final FakeClock clock = new FakeClock(START);
    private final MemoryStore store = new MemoryStore();

    private JobQueue queue(JobStore on) {
        return new JobQueue(
                on,
                new Json(),
                clock,
                new Random(1),
                1 << 20,
                Duration.ofSeconds(10),
                Map.of(),
                job -> {});
    }

    private Schedules schedules() {
        return new Schedules(store, queue(store), new Json(), clock, () -> {}, job -> {});
    }

    private Ticking ticking(JobStore on, Random random) {
        // ids come from the store itself: what is lost is what ticks do
        return new Ticking(on, queue(store), clock, random, job -> {});
    }

    private static Schedules.Wanted wanted(String name, Schedule schedule) {
        return new Schedules.Wanted(name, schedule, WORK.with(new RawJson("{}")));
    }

    private List<TickRow> ticks(Schedules schedules, String name) {
        var found = schedules.find(name).orElseThrow();
        var all = new ArrayList<TickRow>();
        Instant before = null;
        while (true) {
            var page = schedules.ticks(found, before, 1000);
            all.addAll(page);
            if (page.size() < 1000) {
                return all.reversed();
            }
            before = page.getLast().at();
        }
    }

    @Test
    void everyTickOfTwoYearsHappensOnceWhateverIsLost() {
        long seed = Seeds.draw("years of ticks");
        var random = new Random(seed);
        var schedules = schedules();
        var crons = new ArrayList<Cron>();
        for (int i = 0; i < 28; i++) {
            String expression =
                    switch (i % 4) {
                        case 0 -> "30 2 * * *";
                        case 1 -> "15,45 1-3 * * *";
                        case 2 -> "0 */6 * * *";
                        default -> random.nextInt(60) + " " + random.nextInt(24) + " * * *";
                    };
            var cron = Cron.of(expression, ZoneId.of(ZONES.get(i % ZONES.size())));
            crons.add(cron);
            schedules.add(
                    wanted(
                            "s" + i,
                            Schedule.of(cron).misfire(Misfire.catchUp(Duration.ofDays(30)))));
        }
        Instant end = START.plus(Duration.ofDays(730));
        var processes = new ArrayList<Ticking>();
        var faulty = new ArrayList<FaultyStore>();
        for (int i = 0; i < 3; i++) {
            var each = new FaultyStore(store, random, 0.1);
            faulty.add(each);
            processes.add(ticking(each, random));
        }
        while (clock.instant().isBefore(end)) {
            Instant next = store.schedules().due(clock.instant(), 1).next();
            Instant now = clock.instant();
            Duration wait =
                    next == null || random.nextInt(200) == 0
                            ? Duration.ofHours(random.nextInt(24 * 20))
                            : Duration.between(now, next);
            clock.advance(wait.isNegative() ? Duration.ZERO : wait);
            Instant until = clock.instant();
            while (!store.schedules().due(until, 1).due().isEmpty()) {
                try {
                    processes.get(random.nextInt(3)).round(until);
                } catch (MillraceException e) {
                    assertThat(e.code()).isEqualTo(MillraceException.Code.STORE_UNAVAILABLE);
                }
            }
        }
        Instant now = clock.instant();
        assertThat(faulty.stream().mapToLong(FaultyStore::faults).sum()).isPositive();
        for (int i = 0; i < crons.size(); i++) {
            var expected = new ArrayList<Instant>();
            Instant at = crons.get(i).next(START).orElseThrow();
            while (!at.isAfter(now)) {
                expected.add(at);
                at = crons.get(i).next(at).orElseThrow();
            }
            var happened = ticks(schedules, "s" + i);
            assertThat(happened)
                    .as("%s, seed %d", crons.get(i), seed)
                    .extracting(TickRow::at)
                    .isEqualTo(expected);
            assertThat(happened).extracting(TickRow::jobId).doesNotContainNull();
            assertThat(happened).extracting(TickRow::jobId).doesNotHaveDuplicates();
        }
    }

    @Test
    void aProcessThatStoodStillDoesNothingWhenItGoesOn() {
        var schedules = schedules();
        schedules.add(wanted("s", Schedule.of(When.every(Duration.ofMinutes(1)))));
        clock.advance(Duration.ofMinutes(1));
        // it asks for the time between its look and its step
        var standsStill =
                new StandsStill(
                        clock,
                        () -> {
                            var others = ticking(store, new Random(2));
                            assertThat(others.round(clock.instant()).done()).isEqualTo(1);
                            clock.advance(Duration.ofMinutes(1));
                            assertThat(others.round(clock.instant()).done()).isEqualTo(1);
                        });
        var stale = new Ticking(store, queue(store), standsStill, new Random(1), job -> {});
        assertThat(stale.round(clock.instant()).done()).isZero();
        assertThat(ticks(schedules, "s")).hasSize(2);
        assertThat(store.queues().getFirst().available()).isEqualTo(2);
    }

    /** A clock at which a process stands still the first time that it asks. */
    private static final class StandsStill extends Clock {
        private final Clock clock;
        private final Runnable meanwhile;
        private boolean stood;

        StandsStill(Clock clock, Runnable meanwhile) {
            this.clock = clock;
            this.meanwhile = meanwhile;
        }

        @Override
        public Instant instant() {
            Instant before = clock.instant();
            if (!stood) {
                stood = true;
                meanwhile.run();
            }
            return before;
        }

        @Override
        public ZoneId getZone() {
            return clock.getZone();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return clock.withZone(zone);
        }
    }

    private void round() {
        ticking(store, new Random(3)).round(clock.instant());
    }

    private int jobs() {
        return store.queues().stream().mapToInt(each -> each.available()).sum();
    }

    @Test
    void missedTicksAreLeftOutRunOnceOrCaughtUpWith() {
        var schedules = schedules();
        var hourly = Cron.of("0 * * * *", ZoneId.of("UTC"));
        schedules.add(wanted("skip", Schedule.of(hourly).misfire(Misfire.skip())));
        schedules.add(wanted("once", Schedule.of(hourly)));
        schedules.add(
                wanted("up", Schedule.of(hourly).misfire(Misfire.catchUp(Duration.ofHours(3)))));
        clock.advance(Duration.ofMinutes(10 * 60 + 30));
        round();
        assertThat(ticks(schedules, "skip")).isEmpty();
        assertThat(ticks(schedules, "once"))
                .extracting(TickRow::at)
                .containsExactly(Instant.parse("2026-01-01T01:00:00Z"));
        assertThat(ticks(schedules, "up"))
                .extracting(TickRow::at)
                .containsExactly(
                        Instant.parse("2026-01-01T08:00:00Z"),
                        Instant.parse("2026-01-01T09:00:00Z"),
                        Instant.parse("2026-01-01T10:00:00Z"));
        clock.advance(Duration.ofMinutes(30).plusSeconds(5));
        round();
        assertThat(ticks(schedules, "skip"))
                .as("five seconds late is not missed")
                .extracting(TickRow::at)
                .containsExactly(Instant.parse("2026-01-01T11:00:00Z"));
        assertThat(ticks(schedules, "once")).hasSize(2);
        assertThat(ticks(schedules, "up")).hasSize(4);
    }

    @Test
    void overlapsAreSkippedQueuedOrCancelled() {
        var schedules = schedules();
        var minutely = Schedule.of(When.every(Duration.ofMinutes(1)));
        for (Overlap overlap : Overlap.values()) {
            schedules.add(wanted(overlap.name(), minutely.overlap(overlap)));
        }
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofMinutes(1));
            round();
        }
        assertThat(ran(schedules, Overlap.ALLOW)).hasSize(3);
        assertThat(ran(schedules, Overlap.SKIP)).hasSize(1);
        assertThat(ticks(schedules, "SKIP")).hasSize(3);
        assertThat(ran(schedules, Overlap.QUEUE_ONE)).hasSize(1);
        var replaced = ran(schedules, Overlap.CANCEL_PREVIOUS);
        assertThat(replaced).hasSize(3);
        assertThat(store.ended(replaced).keySet())
                .containsExactlyInAnyOrderElementsOf(replaced.subList(0, 2));
        // the first run of the one that queues ends: the next begins under its own moment
        store.cancel(ran(schedules, Overlap.QUEUE_ONE), "it ends", clock.instant());
        store.cancel(ran(schedules, Overlap.SKIP), "it ends", clock.instant());
        store.schedules().ended(ran(schedules, Overlap.QUEUE_ONE), clock.instant());
        clock.advance(Duration.ofSeconds(10));
        round();
        assertThat(ran(schedules, Overlap.QUEUE_ONE)).hasSize(2);
        assertThat(schedules.find("QUEUE_ONE").orElseThrow().row().state().lastAt())
                .isEqualTo(START.plusSeconds(120));
        clock.advance(Duration.ofSeconds(50));
        round();
        assertThat(ran(schedules, Overlap.SKIP)).hasSize(2);
    }

    private List<Long> ran(Schedules schedules, Overlap overlap) {
        return ticks(schedules, overlap.name()).stream()
                .filter(tick -> tick.jobId() != null)
                .map(TickRow::jobId)
                .toList();
    }

    @Test
    void theNextRunBeginsARestAfterTheLastHasEnded() {
        var schedules = schedules();
        schedules.add(wanted("s", Schedule.of(When.afterCompletion(Duration.ofMinutes(5)))));
        clock.advance(Duration.ofSeconds(1));
        round();
        assertThat(ticks(schedules, "s")).hasSize(1);
        for (int i = 0; i < 1000; i++) {
            clock.advance(Duration.ofSeconds(30));
            round();
        }
        assertThat(ticks(schedules, "s")).as("it runs for hours").hasSize(1);
        long job = ticks(schedules, "s").getFirst().jobId();
        store.cancel(List.of(job), "it ends", clock.instant());
        store.schedules().ended(List.of(job), clock.instant());
        round();
        Instant ended = clock.instant();
        assertThat(schedules.find("s").orElseThrow().row().state().nextAt())
                .isEqualTo(ended.plus(Duration.ofMinutes(5)));
        clock.advance(Duration.ofMinutes(4));
        round();
        assertThat(ticks(schedules, "s")).hasSize(1);
        clock.advance(Duration.ofMinutes(1));
        round();
        assertThat(ticks(schedules, "s")).hasSize(2);
    }

    @Test
    void releasesThatRunSideBySideDoNotChangeAScheduleBackAndForth() {
        var old = schedules();
        var fresh = schedules();
        var nightly = wanted("s", Schedule.of(Cron.of("0 3 * * *", ZoneId.of("UTC"))));
        old.declare(nightly);
        var first = old.find("s").orElseThrow().row();
        clock.advance(Duration.ofMinutes(1));
        old.declare(nightly);
        assertThat(old.find("s").orElseThrow().row()).as("nothing has changed").isEqualTo(first);
        var later = wanted("s", Schedule.of(Cron.of("0 4 * * *", ZoneId.of("UTC"))).version(1));
        fresh.declare(later);
        var second = fresh.find("s").orElseThrow().row();
        assertThat(second.state().nextAt()).isEqualTo(Instant.parse("2026-01-01T04:00:00Z"));
        old.declare(nightly);
        assertThat(old.find("s").orElseThrow().row()).as("the newer stays").isEqualTo(second);
    }

    @Test
    void aTickThatIsDueWhileItsScheduleChangesIsNeitherLostNorDoubled() {
        var schedules = schedules();
        schedules.declare(wanted("s", Schedule.of(Cron.of("0 * * * *", ZoneId.of("UTC")))));
        clock.advance(Duration.ofHours(1));
        schedules.declare(wanted("s", Schedule.of(Cron.of("0,30 * * * *", ZoneId.of("UTC")))));
        round();
        round();
        assertThat(ticks(schedules, "s"))
                .extracting(TickRow::at)
                .containsExactly(Instant.parse("2026-01-01T01:00:00Z"));
        clock.jump(Duration.ofSeconds(-2));
        schedules.declare(wanted("s", Schedule.of(Cron.of("0,20 * * * *", ZoneId.of("UTC")))));
        clock.jump(Duration.ofSeconds(3));
        round();
        assertThat(jobs()).as("a clock that is behind ticks no second time").isEqualTo(1);
    }

    @Test
    void pausesLeaveTicksOutAndTriggersAddOne() {
        var schedules = schedules();
        schedules.add(
                wanted("s", Schedule.of(When.every(Duration.ofMinutes(1))).overlap(Overlap.SKIP)));
        assertThat(schedules.pause("none")).isEmpty();
        assertThat(schedules.pause("s").orElseThrow().row().state().paused()).isTrue();
        clock.advance(Duration.ofMinutes(10));
        round();
        assertThat(ticks(schedules, "s")).isEmpty();
        var triggered = schedules.trigger("s").orElseThrow();
        assertThat(triggered.outcome()).isEqualTo(Triggered.Outcome.ENQUEUED);
        assertThat(schedules.trigger("s").orElseThrow())
                .isEqualTo(new Triggered(Triggered.Outcome.STILL_RUNNING, triggered.jobId()));
        assertThat(schedules.resume("s").orElseThrow().row().state().nextAt())
                .isEqualTo(START.plusSeconds(660));
        assertThat(schedules.find("s").orElseThrow().preview(3, clock.instant()))
                .containsExactly(
                        START.plusSeconds(660), START.plusSeconds(720), START.plusSeconds(780));
        assertThat(schedules.remove("s")).isTrue();
        assertThat(schedules.trigger("s")).isEmpty();
    }

    @Test
    void aMomentComesOnceAndTheEndIsTheEnd() {
        var schedules = schedules();
        schedules.add(wanted("moment", Schedule.of(When.at(START.plusSeconds(60)))));
        schedules.add(
                wanted(
                        "until",
                        Schedule.of(When.every(Duration.ofMinutes(1)))
                                .startingAt(START.plusSeconds(90))
                                .endingAt(START.plusSeconds(210))));
        for (int i = 0; i < 10; i++) {
            clock.advance(Duration.ofSeconds(30));
            round();
        }
        assertThat(ticks(schedules, "moment")).hasSize(1);
        assertThat(ticks(schedules, "until"))
                .extracting(TickRow::at)
                .containsExactly(
                        START.plusSeconds(90), START.plusSeconds(150), START.plusSeconds(210));
        assertThat(store.schedules().due(clock.instant(), 10).next()).isNull();
    }
}
