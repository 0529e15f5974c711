package dev.millrace.benchmarks.contender;

import dev.millrace.Millrace;
import dev.millrace.benchmarks.harness.Pause;
import dev.millrace.benchmarks.harness.TickDelays;
import dev.millrace.job.Attempt;
import dev.millrace.job.JobRequest;
import dev.millrace.job.JobSnapshot;
import dev.millrace.schedule.Cron;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.When;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Schedules to be measured. */
final class MillraceSchedules {
    private static final int CHUNK = 1_000;
    private static final int MINUTES_OF_A_DAY = 24 * 60;

    private MillraceSchedules() {}

    /** Cron expressions spread over the year, but for the week to come. */
    static void yearly(Millrace client, JobRequest<?> request, int count) {
        var chunk = new ArrayList<Schedules.Wanted>();
        ZonedDateTime first = ZonedDateTime.now(ZoneOffset.UTC).plusDays(8);
        for (int i = 0; i < count; i++) {
            var at = first.plusMinutes(i % (350L * MINUTES_OF_A_DAY));
            int day = Math.min(28, at.getDayOfMonth());
            String cron =
                    "%d %d %d %d *"
                            .formatted(at.getMinute(), at.getHour(), day, at.getMonthValue());
            chunk.add(
                    new Schedules.Wanted(
                            "yearly-" + i, Schedule.of(Cron.of(cron, ZoneOffset.UTC)), request));
            if (chunk.size() == CHUNK || i == count - 1) {
                client.schedules().addNew(chunk);
                chunk.clear();
            }
        }
    }

    /** One moment each; how late its job was made, and how late its first attempt started. */
    static TickDelays tickDelays(Millrace client, JobRequest<?> request, int count, Duration over)
            throws InterruptedException {
        Instant from = Instant.now().plusSeconds(5).truncatedTo(ChronoUnit.MILLIS);
        var wanted = new ArrayList<Schedules.Wanted>();
        for (int i = 0; i < count; i++) {
            var at = from.plusNanos(over.toNanos() / count * i);
            wanted.add(new Schedules.Wanted("tick-" + i, Schedule.of(When.at(at)), request));
        }
        for (int i = 0; i < count; i += CHUNK) {
            client.schedules().addNew(wanted.subList(i, Math.min(count, i + CHUNK)));
        }
        Pause.millis(Duration.between(Instant.now(), from.plus(over)).toMillis() + 5_000);
        var made = new long[count];
        var started = new long[count];
        for (int i = 0; i < count; i++) {
            var schedule = client.schedules().find("tick-" + i).orElseThrow();
            var ticks = client.schedules().ticks(schedule, null, 10);
            if (ticks.size() != 1 || ticks.getFirst().jobId() == null) {
                throw new IllegalStateException(
                        "expected schedule tick-%d to tick once, got %s".formatted(i, ticks));
            }
            Instant moment = ticks.getFirst().at();
            JobSnapshot job = client.store().find(ticks.getFirst().jobId()).orElseThrow();
            List<Attempt> attempts = job.attempts();
            if (attempts.isEmpty()) {
                throw new IllegalStateException("expected job %d to have run".formatted(job.id()));
            }
            made[i] = Duration.between(moment, job.createdAt()).toNanos();
            started[i] = Duration.between(moment, attempts.getFirst().startedAt()).toNanos();
        }
        return new TickDelays(made, started);
    }
}
