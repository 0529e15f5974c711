package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.store.JobStore;
import dev.millrace.store.NewJob;
import dev.millrace.store.SchedulePut;
import dev.millrace.store.ScheduleRow;
import dev.millrace.store.ScheduleState;
import dev.millrace.store.ScheduleStep;
import dev.millrace.store.ScheduleTerms;
import dev.millrace.store.Stepped;
import dev.millrace.store.Tick;
import dev.millrace.store.TickRow;
import dev.millrace.testkit.Seeds;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Schedules, their ticks, and that none happens twice. */
interface ScheduleContract extends Contract {
    /** When most of these schedules tick first. */
    Instant T = Instant.parse("2026-03-01T12:00:00.000001Z");

    private static ScheduleTerms terms(boolean declared, String definition) {
        return new ScheduleTerms(declared, 7, Bench.QUEUE, "work", definition);
    }

    private SchedulePut put(String name, @Nullable Instant next) {
        return new SchedulePut(
                name, terms(false, "{\"n\":\"ü\"}"), ScheduleState.first(next), bench().tick());
    }

    private ScheduleRow make(String name, @Nullable Instant next) {
        assertThat(bench().store().schedules().put(List.of(put(name, next)))).containsExactly(true);
        return find(name);
    }

    private ScheduleRow find(String name) {
        return bench().store()
                .schedules()
                .find(name)
                .orElseThrow(() -> new AssertionError("no schedule " + name));
    }

    private NewJob job() {
        return bench().newJobs(List.of(bench().job())).getFirst();
    }

    private Stepped step(JobStore store, ScheduleStep step) {
        var answer = store.schedules().step(List.of(step)).getFirst();
        bench().accepted().addAll(answer.jobs());
        return answer;
    }

    private static ScheduleStep ticking(ScheduleRow row, Instant at, NewJob job) {
        return new ScheduleStep(
                row.id(),
                row.state().next(at.plusSeconds(60)).ran(at, job.id()),
                List.of(new Tick(at, job, false)));
    }

    @Test
    default void aScheduleIsKeptAsItWasMade() {
        var b = bench();
        assertThat(b.store().schedules().find("none")).isEmpty();
        var at = b.tick();
        var all =
                new ScheduleState(
                        0, true, T, T.plusSeconds(1), 11L, T.plusSeconds(2), T.plusSeconds(3), 12L);
        var none = ScheduleState.first(null);
        b.store()
                .schedules()
                .put(
                        List.of(
                                new SchedulePut("full", terms(true, "{}"), all, at),
                                new SchedulePut("bare", terms(false, "[1]"), none, at)));
        var full = find("full");
        assertThat(full.terms()).isEqualTo(terms(true, "{}"));
        assertThat(full.createdAt()).isEqualTo(at);
        assertThat(full.changedAt()).isEqualTo(at);
        assertThat(full.state())
                .isEqualTo(
                        new ScheduleState(
                                1,
                                true,
                                T,
                                T.plusSeconds(1),
                                11L,
                                T.plusSeconds(2),
                                T.plusSeconds(3),
                                12L));
        assertThat(find("bare").state())
                .isEqualTo(new ScheduleState(1, false, null, null, null, null, null, null));
        assertThat(b.reopen().schedules().find("full")).contains(full);
    }

    @Test
    default void aScheduleIsReplacedOnlyFromTheStateThatWasRead() {
        var b = bench();
        var first = make("s", T);
        assertThat(b.store().schedules().put(List.of(put("s", T.plusSeconds(9)))))
                .as("one of that name is there")
                .containsExactly(false);
        assertThat(find("s")).isEqualTo(first);
        var at = b.tick();
        var change = new SchedulePut("s", terms(true, "new"), first.state().next(null), at);
        assertThat(b.store().schedules().put(List.of(change, put("other", null))))
                .containsExactly(true, true);
        var second = find("s");
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.terms()).isEqualTo(terms(true, "new"));
        assertThat(second.state().revision()).isEqualTo(2);
        assertThat(second.state().dueAt()).isNull();
        assertThat(second.createdAt()).isEqualTo(first.createdAt());
        assertThat(second.changedAt()).isEqualTo(at);
        assertThat(b.store().schedules().put(List.of(change))).containsExactly(false);
        assertThat(find("s")).isEqualTo(second);
    }

    @Test
    default void schedulesAreListedByNameAndRemoved() {
        var b = bench();
        for (String name : List.of("b", "a/2", "a/1", "a", "Z", "a/10")) {
            make(name, T);
        }
        var schedules = b.store().schedules();
        assertThat(schedules.list("", null, 100))
                .extracting(ScheduleRow::name)
                .containsExactly("Z", "a", "a/1", "a/10", "a/2", "b");
        assertThat(schedules.list("a/", null, 2))
                .extracting(ScheduleRow::name)
                .containsExactly("a/1", "a/10");
        assertThat(schedules.list("a/", "a/10", 2))
                .extracting(ScheduleRow::name)
                .containsExactly("a/2");
        long id = find("a").id();
        assertThat(schedules.remove("a")).isTrue();
        assertThat(schedules.remove("a")).isFalse();
        assertThat(schedules.find("a")).isEmpty();
        assertThat(schedules.due(T, 100).due()).hasSize(5);
        assertThat(make("a", T).id()).as("an id is never used again").isNotEqualTo(id);
    }

    @Test
    default void whatIsDueComesTheLongestDueFirst() {
        var b = bench();
        var schedules = b.store().schedules();
        assertThat(schedules.due(T, 10).due()).isEmpty();
        assertThat(schedules.due(T, 10).next()).isNull();
        make("late", T.minusSeconds(1));
        make("now", T);
        make("soon", T.plusNanos(1_000));
        make("never", null);
        var paused = make("paused", T.minusSeconds(9));
        step(b.store(), new ScheduleStep(paused.id(), paused.state().paused(true)));
        var due = schedules.due(T, 10);
        assertThat(due.due()).extracting(ScheduleRow::name).containsExactly("late", "now");
        assertThat(due.due().getFirst()).isEqualTo(find("late"));
        assertThat(due.next()).isEqualTo(T.plusNanos(1_000));
        assertThat(schedules.due(T, 1).due()).extracting(ScheduleRow::name).containsExactly("late");
        assertThat(schedules.due(T.minusSeconds(2), 10).next()).isEqualTo(T.minusSeconds(1));
        assertThat(schedules.due(T.plusSeconds(1), 10).next()).isNull();
    }

    @Test
    default void aTickItsJobAndTheNextStateComeTogether() {
        var b = bench();
        var row = make("s", T);
        var job = job();
        var answer = step(b.store(), ticking(row, T, job));
        assertThat(answer).isEqualTo(new Stepped(true, List.of(job.id())));
        var after = find("s");
        assertThat(after.state().revision()).isEqualTo(2);
        assertThat(after.state().dueAt()).isEqualTo(T.plusSeconds(60));
        assertThat(after.state().lastJob()).isEqualTo(job.id());
        assertThat(b.find(job.id()).state()).isInstanceOf(JobState.Available.class);
        assertThat(b.store().schedules().ticks(row.id(), null, 10))
                .containsExactly(new TickRow(T, job.id(), false));
        assertThat(b.worker().claim(10)).hasSize(1);
    }

    @Test
    default void aStepFromAnOutdatedStateDoesNothing() {
        var b = bench();
        var row = make("s", T);
        step(b.store(), ticking(row, T, job()));
        var late = job();
        assertThat(step(b.reopen(), ticking(row, T, late))).isEqualTo(Stepped.NOT);
        assertThat(step(b.store(), ticking(row, T.plusSeconds(1), late))).isEqualTo(Stepped.NOT);
        assertThat(b.store().find(late.id())).isEmpty();
        assertThat(b.store().schedules().ticks(row.id(), null, 10)).hasSize(1);
        assertThat(step(b.store(), new ScheduleStep(4711, row.state()))).isEqualTo(Stepped.NOT);
    }

    @Test
    default void aScheduleTicksOnceAtAMoment() {
        var b = bench();
        var row = make("s", T);
        step(b.store(), ticking(row, T, job()));
        var again = find("s");
        var twice = job();
        var other = job();
        var ticks =
                List.of(
                        new Tick(T, twice, false),
                        new Tick(T.plusSeconds(1), other, true),
                        new Tick(T.plusSeconds(2), null, false));
        var answer = step(b.store(), new ScheduleStep(again.id(), again.state(), ticks));
        assertThat(answer).isEqualTo(new Stepped(true, List.of(other.id())));
        assertThat(b.store().find(twice.id())).isEmpty();
        assertThat(b.store().schedules().ticks(row.id(), null, 10))
                .extracting(TickRow::at)
                .containsExactly(T.plusSeconds(2), T.plusSeconds(1), T);
        assertThat(b.store().schedules().ticks(row.id(), T.plusSeconds(2), 1))
                .containsExactly(new TickRow(T.plusSeconds(1), other.id(), true));
        assertThat(b.store().schedules().ticks(row.id(), T, 10)).isEmpty();
    }

    @Test
    default void manyStepsAreEachTheirOwn() {
        var b = bench();
        var puts =
                IntStream.range(0, 300)
                        .mapToObj(i -> put("s" + i, T.plusNanos(i * 1000L)))
                        .toList();
        assertThat(b.store().schedules().put(puts)).doesNotContain(false).hasSize(300);
        var due = new ArrayList<>(b.store().schedules().due(T.plusSeconds(1), 1000).due());
        assertThat(due).hasSize(300);
        step(b.store(), new ScheduleStep(due.get(7).id(), due.get(7).state().next(T)));
        Collections.shuffle(due, new Random(1));
        var jobs = new ArrayList<NewJob>();
        var steps = new ArrayList<ScheduleStep>();
        for (var row : due) {
            jobs.add(job());
            steps.add(ticking(row, T, jobs.getLast()));
        }
        var answers = b.store().schedules().step(steps);
        answers.forEach(answer -> b.accepted().addAll(answer.jobs()));
        assertThat(answers).filteredOn(answer -> !answer.done()).hasSize(1);
        assertThat(answers.stream().mapToInt(answer -> answer.jobs().size()).sum()).isEqualTo(299);
        for (int i = 0; i < 300; i++) {
            assertThat(answers.get(i).jobs())
                    .isEqualTo(answers.get(i).done() ? List.of(jobs.get(i).id()) : List.of());
        }
    }

    @Test
    default void theEndOfAnAwaitedJobMakesItsScheduleDue() {
        var b = bench();
        var row = make("s", T);
        step(
                b.store(),
                new ScheduleStep(row.id(), row.state().awaiting(99L).due(T.plusSeconds(30))));
        assertThat(b.store().schedules().ended(List.of(1L, 98L), T)).isZero();
        assertThat(b.store().schedules().ended(List.of(98L, 99L), T)).isEqualTo(1);
        assertThat(find("s").state().dueAt()).isEqualTo(T);
        assertThat(find("s").state().awaited()).isEqualTo(99);
        assertThat(b.store().schedules().ended(List.of(99L), T.plusSeconds(1)))
                .as("it is due already")
                .isZero();
        assertThat(find("s").state().dueAt()).isEqualTo(T);
    }

    @Test
    default void jobsAreKeptUntilTheyAreRemoved() {
        var b = bench();
        long id = b.enqueue(b.job());
        long other = b.enqueue(b.job());
        var schedules = b.store().schedules();
        assertThat(schedules.kept(List.of(id, other, 4711L))).isEqualTo(Set.of(id, other));
        b.store().cancel(List.of(id), "no more", b.tick());
        assertThat(schedules.kept(List.of(id))).containsExactly(id);
        b.store().delete(List.of(id));
        b.pruned(List.of(id));
        assertThat(schedules.kept(List.of(id, other))).containsExactly(other);
        assertThat(schedules.kept(List.of())).isEmpty();
    }

    @Test
    default void ticksAndSchedulesThatEndedAreForgottenAfterTheirTime() {
        var b = bench();
        var schedules = b.store().schedules();
        var row = make("goes-on", T);
        step(b.store(), ticking(row, T, job()));
        row = find("goes-on");
        step(b.store(), ticking(row, T.plusSeconds(60), job()));
        var over = make("over", T);
        var last = job();
        step(
                b.store(),
                new ScheduleStep(
                        over.id(),
                        over.state().next(null).ran(T, last.id()),
                        List.of(new Tick(T, last, false))));
        var declared = new SchedulePut("declared", terms(true, "{}"), ScheduleState.first(null), T);
        schedules.put(List.of(declared));
        Instant end = b.advance(Duration.ofDays(200));
        assertThat(schedules.prune(T, 100)).isZero();
        assertThat(end).isAfter(T.plusSeconds(60));
        assertThat(schedules.prune(T.plusSeconds(60), 100)).isEqualTo(3);
        assertThat(schedules.ticks(row.id(), null, 10)).hasSize(1);
        assertThat(schedules.list("", null, 10))
                .extracting(ScheduleRow::name)
                .containsExactly("declared", "goes-on");
        assertThat(schedules.prune(T.plusSeconds(60), 100)).isZero();
    }

    /** Several processes look, and each does what it saw, at the same moment. */
    @Test
    default void ofSeveralProcessesThatTickAtOnceOneDoes() throws Exception {
        var b = bench();
        long seed = Seeds.draw("ticking at once");
        int threads = 4;
        var stores = List.of(b.store(), b.reopen(), b.store(), b.reopen());
        int count = 20;
        b.store()
                .schedules()
                .put(IntStream.range(0, count).mapToObj(i -> put("s" + i, T)).toList());
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (int round = 0; round < 10; round++) {
                Instant at = T.plusSeconds(60L * round);
                var together = new CyclicBarrier(threads);
                var work = new ArrayList<Future<Integer>>();
                for (int i = 0; i < threads; i++) {
                    var store = stores.get(i);
                    var random = new Random(seed + 31L * round + i);
                    Callable<Integer> tick =
                            () -> {
                                together.await();
                                return tickAll(store, at, random);
                            };
                    work.add(pool.submit(tick));
                }
                int done = 0;
                for (var each : work) {
                    done += each.get();
                }
                assertThat(done).as("ticks in round %d", round).isEqualTo(count);
            }
        }
        for (var row : b.store().schedules().list("", null, 100)) {
            assertThat(b.store().schedules().ticks(row.id(), null, 100)).hasSize(10);
        }
        assertThat(b.worker().claim(1000)).hasSize(10 * count);
    }

    /** Until nothing is due any more, as a ticker would. */
    private int tickAll(JobStore store, Instant at, Random random) {
        int done = 0;
        while (true) {
            var due = new ArrayList<>(store.schedules().due(at, 7).due());
            if (due.isEmpty()) {
                return done;
            }
            Collections.shuffle(due, random);
            var steps = due.stream().map(row -> ticking(row, at, job())).toList();
            for (var answer : store.schedules().step(steps)) {
                bench().accepted().addAll(answer.jobs());
                done += answer.jobs().size();
            }
        }
    }
}
