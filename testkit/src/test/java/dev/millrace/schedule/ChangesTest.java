package dev.millrace.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Json;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.queue.JobQueue;
import dev.millrace.store.TickRow;
import dev.millrace.testkit.FakeClock;
import dev.millrace.testkit.MemoryStore;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What pauses, triggers and changed definitions do to the ticks that come after. */
class ChangesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Task<RawJson> WORK = Task.named("work", RawJson.class);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeClock clock = new FakeClock(START);
    private final MemoryStore store = new MemoryStore();
    private final JobQueue queue =
            new JobQueue(
                    store,
                    new Json(),
                    clock,
                    new Random(1),
                    1 << 20,
                    Duration.ofSeconds(10),
                    Map.of(),
                    job -> {});
    private final Schedules schedules =
            new Schedules(store, queue, new Json(), clock, () -> {}, job -> {});
    private final Ticking ticking = new Ticking(store, queue, clock, new Random(1), job -> {});

    private static Schedules.Wanted wanted(Schedule schedule) {
        return new Schedules.Wanted("s", schedule, WORK.with(new RawJson("{}")));
    }

    /** Time passes, by the second for a minute at most, and what is due ticks. */
    private void pass(Duration time) {
        Instant end = clock.instant().plus(time);
        while (clock.instant().isBefore(end)) {
            var left = Duration.between(clock.instant(), end);
            clock.advance(left.compareTo(MINUTE) < 0 ? left : MINUTE);
            for (int i = 0; i < 100 && ticking.round(clock.instant()).found() > 0; i++) {
                // until nothing is due
            }
        }
    }

    private void end(long job) {
        store.cancel(List.of(job), "done", clock.instant());
    }

    private ScheduleSnapshot look() {
        return schedules.find("s").orElseThrow();
    }

    private List<Instant> ran() {
        return schedules.ticks(look(), null, 1_000).reversed().stream()
                .filter(tick -> tick.jobId() != null)
                .map(TickRow::at)
                .toList();
    }

    private long lastJob() {
        Long job = look().row().state().lastJob();
        assertThat(job).isNotNull();
        return job;
    }

    @Test
    void ticksOfAPauseAreLeftOutAlsoWhereOneWasQueuedBefore() {
        schedules.add(
                wanted(
                        Schedule.of(When.every(MINUTE))
                                .overlap(Overlap.QUEUE_ONE)
                                .misfire(Misfire.catchUp(Duration.ofDays(1)))));
        pass(Duration.ofSeconds(150));
        assertThat(look().row().state().queuedAt()).isEqualTo(START.plusSeconds(120));
        schedules.pause("s");
        end(lastJob());
        pass(Duration.ofHours(1));
        schedules.resume("s");
        pass(Duration.ofSeconds(10));
        assertThat(ran()).containsExactly(START.plusSeconds(60), START.plusSeconds(120));
        end(lastJob());
        pass(Duration.ofSeconds(40));
        assertThat(ran()).hasSize(3).contains(START.plusSeconds(63 * 60));
        assertThat(schedules.ticks(look(), null, 1_000)).hasSize(3);
    }

    @Test
    void aQueuedTickIsNotLostWhenTheDefinitionChanges() {
        schedules.declare(wanted(Schedule.of(When.every(MINUTE)).overlap(Overlap.QUEUE_ONE)));
        pass(Duration.ofSeconds(150));
        schedules.declare(
                wanted(Schedule.of(When.every(Duration.ofHours(2))).overlap(Overlap.QUEUE_ONE)));
        pass(MINUTE);
        assertThat(ran()).hasSize(1);
        end(lastJob());
        pass(MINUTE);
        assertThat(ran()).containsExactly(START.plusSeconds(60), START.plusSeconds(120));
        pass(Duration.ofHours(1));
        assertThat(ran()).hasSize(2);
    }

    @Test
    void whatRestsBetweenRunsDoesNotTickBeforeItsStartAlsoAfterATrigger() {
        Instant start = START.plus(Duration.ofHours(3));
        schedules.add(wanted(Schedule.of(When.afterCompletion(MINUTE)).startingAt(start)));
        schedules.trigger("s");
        end(lastJob());
        pass(Duration.ofHours(2));
        assertThat(ran()).containsExactly(START);
        pass(Duration.ofMinutes(61));
        assertThat(ran()).containsExactly(START, start);
    }

    @Test
    void whatRestsBetweenRunsHeedsAStartThatItIsGivenLater() {
        schedules.declare(wanted(Schedule.of(When.afterCompletion(MINUTE))));
        pass(MINUTE);
        end(lastJob());
        Instant start = START.plus(Duration.ofHours(3));
        schedules.declare(wanted(Schedule.of(When.afterCompletion(MINUTE)).startingAt(start)));
        pass(Duration.ofHours(2));
        assertThat(ran()).hasSize(1);
        pass(Duration.ofMinutes(61));
        assertThat(ran()).hasSize(2).contains(start);
    }
}
