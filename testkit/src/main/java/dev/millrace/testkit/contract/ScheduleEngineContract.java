package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.MillraceException;
import dev.millrace.schedule.Overlap;
import dev.millrace.schedule.Schedule;
import dev.millrace.schedule.Schedules;
import dev.millrace.schedule.Ticks;
import dev.millrace.schedule.When;
import dev.millrace.store.JobStore;
import dev.millrace.store.LimitStore;
import dev.millrace.store.TickRow;
import dev.millrace.upkeep.Leaders;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Schedules and leaders in whole processes. */
public abstract class ScheduleEngineContract extends EngineBench {
    private final ConcurrentLinkedQueue<Instant> ran = new ConcurrentLinkedQueue<>();

    /** Called by the engine's test class. */
    protected ScheduleEngineContract() {}

    private MillraceBuilder worker(JobStore store) {
        return Millrace.builder()
                .store(store)
                .handle(
                        WORK,
                        (note, job) -> {
                            ran.add(Ticks.moment(job.tags()).orElseThrow());
                            return null;
                        });
    }

    private static List<TickRow> ticks(Millrace millrace, String name) {
        return millrace.schedules()
                .find(name)
                .map(found -> millrace.schedules().ticks(found, null, 1_000))
                .orElse(List.of());
    }

    @Test
    void twoProcessesThatDeclareTheSameTickOnceAndOneTakesOverWhenTheOtherEnds() {
        var secondly = Schedule.of(When.every(Duration.ofSeconds(1)));
        var request = WORK.with(new Note("x"));
        var first = start(worker(openStore()).schedule("s", secondly, request));
        var second = start(worker(reopen()).schedule("s", secondly, request));
        until("one leads", () -> first.isLeader() || second.isLeader());
        until("three ticks", () -> ran.size() >= 3);
        assertThat(first.isLeader() && second.isLeader()).isFalse();
        var leading = first.isLeader() ? first : second;
        leading.close();
        int before = ran.size();
        until("three more ticks", () -> ran.size() >= before + 3);
        var millrace = leading == first ? second : first;
        millrace.schedules().pause("s");
        var all = ticks(millrace, "s");
        until("all have run", () -> ran.size() >= all.size());
        assertThat(ran)
                .hasSameElementsAs(all.stream().map(TickRow::at).collect(Collectors.toSet()));
        assertThat(ran).doesNotHaveDuplicates();
        var made = millrace.schedules().find("s").orElseThrow().row().createdAt();
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.reversed().get(i).at()).isEqualTo(made.plusSeconds(i + 1));
        }
    }

    @Test
    void theNextRunFollowsSoonAfterTheEndOfTheLast() {
        var millrace = start(worker(openStore()));
        millrace.schedules()
                .add(
                        new Schedules.Wanted(
                                "again",
                                Schedule.of(When.afterCompletion(Duration.ofMillis(10))),
                                WORK.with(new Note("x"))));
        until("five runs, one after the other", () -> ran.size() >= 5);
        millrace.schedules().remove("again");
    }

    @Test
    void aTriggerRunsAtOnceAndOneThatWouldOverlapDoesNot() {
        var millrace = start(worker(openStore()));
        millrace.schedules()
                .add(
                        new Schedules.Wanted(
                                "s",
                                Schedule.of(When.every(Duration.ofDays(1))).overlap(Overlap.SKIP),
                                WORK.with(new Note("x"))));
        assertThat(millrace.schedules().trigger("s")).isPresent();
        until("the run", () -> ran.size() == 1);
    }

    @Test
    void noApplicationTakesTheLeasesOfTheHouse() {
        var app = start(Millrace.builder().store(openStore()));
        for (String own : List.of(Leaders.HOUSE, LimitStore.LEASE)) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> app.leader(own))
                    .withMessageContaining("got '" + own + "'");
        }
    }

    @Test
    void applicationsLeadUnderNamesOfTheirOwn() {
        var first = start(Millrace.builder().store(openStore()));
        var second = start(Millrace.builder().store(reopen()));
        var one = first.leader("export");
        var other = second.leader("export");
        var epochs = new long[2];
        until(
                "one leads",
                () -> {
                    epochs[0] = one.epoch().orElse(0);
                    epochs[1] = other.epoch().orElse(0);
                    return epochs[0] + epochs[1] > 0;
                });
        assertThat(first.leader("export")).isSameAs(one);
        boolean leadsFirst = epochs[0] > epochs[1];
        var leading = leadsFirst ? first : second;
        var waiting = leadsFirst ? other : one;
        long epoch = Math.max(epochs[0], epochs[1]);
        leading.close();
        until("the other leads", waiting::isLeader);
        assertThat(waiting.epoch().orElseThrow()).isGreaterThan(epoch);
    }
}
