package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.Millrace;
import dev.millrace.admin.QueueScale;
import dev.millrace.job.Task;
import dev.millrace.queue.JobHandle;
import dev.millrace.store.Tally;
import dev.millrace.store.TallyRange;
import dev.millrace.testkit.FakeClock;
import dev.millrace.upkeep.Retention;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What an engine counts, and what it does with it; every engine runs it unchanged. */
public abstract class CountEngineContract extends EngineBench {
    private static final Task<Note> BUSY = Task.named("busy", Note.class).queue("busy");
    private static final Task<Note> CALM = Task.named("calm", Note.class).queue("calm");

    private final FakeClock clock = new FakeClock();
    private boolean opened;

    /** Called by the engine's test class. */
    protected CountEngineContract() {}

    private List<Tally> counted(Millrace millrace) {
        var now = clock.instant();
        return millrace.store()
                .tallies()
                .sums(
                        new TallyRange(
                                null,
                                now.minus(Duration.ofHours(1)),
                                now.plus(Duration.ofHours(1)),
                                Duration.ofDays(1)));
    }

    @Test
    void whatWasAcceptedAndWhatEndedIsCountedInEveryProcessAtItsStopAtTheLatest() throws Exception {
        var web = Millrace.builder().store(openStore()).clock(clock).start();
        var looking = web(reopen());
        web.enqueue(WORK.with(new Note("a")));
        web.enqueue(WORK.with(new Note("skip")));
        web.enqueue(WORK.with(new Note("fail")));
        var first = web.enqueue(WORK.with(new Note("a")).unique("once"));
        assertThat(web.enqueue(WORK.with(new Note("a")).unique("once")).id()).isEqualTo(first.id());
        web.enqueue(BUSY.with(new Note("later")).delay(Duration.ofDays(1)));
        assertThat(web.enqueueAll(Stream.generate(() -> BUSY.with(new Note("b"))).limit(10)))
                .isEqualTo(10);
        web.close();
        assertThat(counted(looking))
                .extracting(Tally::queue, Tally::enqueued, Tally::delayed, Tally::runs)
                .containsExactly(tuple("busy", 11L, 1L, 0L), tuple("default", 4L, 0L, 0L));

        var left = new CountDownLatch(14);
        var worker =
                Millrace.builder()
                        .store(reopen())
                        .clock(clock)
                        .listen(event -> left.countDown())
                        .handle(
                                WORK,
                                (note, job) -> {
                                    clock.advance(Duration.ofMillis(100));
                                    return switch (note.text()) {
                                        case "skip" -> job.skip("no");
                                        case "fail" -> job.discard("no");
                                        default -> note;
                                    };
                                })
                        .handle(BUSY, (note, job) -> note)
                        .start();
        await(left);
        worker.close();
        var sums = counted(looking);
        assertThat(sums)
                .extracting(
                        Tally::queue,
                        Tally::enqueued,
                        Tally::completed,
                        Tally::discarded,
                        Tally::runs)
                .containsExactly(
                        tuple("busy", 11L, 10L, 0L, 10L), tuple("default", 4L, 3L, 1L, 4L));
        assertThat(sums.getLast().runMillis()).isBetween(400L, 4 * 400L);
    }

    @Test
    void whatIsWantedFollowsFromWhatAllProcessesCounted() throws Exception {
        var first = worker();
        enqueue(first, CALM, 6);
        first.close();
        var web = Millrace.builder().store(reopen()).clock(clock).start();
        for (int i = 0; i < 12; i++) {
            web.enqueue(BUSY.with(new Note("n")));
        }
        web.enqueue(BUSY.with(new Note("later")).delay(Duration.ofSeconds(30)));
        web.close();
        clock.advance(Duration.ofMinutes(1));
        var looking = start(Millrace.builder().store(reopen()).clock(clock));
        var scale = looking.scale(Duration.ofSeconds(1));
        assertThat(scale)
                .extracting(
                        QueueScale::queue,
                        QueueScale::available,
                        QueueScale::due,
                        QueueScale::running,
                        QueueScale::workers,
                        QueueScale::wantedWorkers)
                .containsExactly(tuple("busy", 12, 1, 0, 0, 1), tuple("calm", 0, 0, 0, 0, 1));
        // the clock stands at a whole minute: two are looked at
        assertThat(scale.getFirst().arrivalsPerSecond()).isEqualTo(12 / 120.0);
        assertThat(scale.getLast().arrivalsPerSecond()).isEqualTo(6 / 120.0);
        assertThat(scale.getLast().completionsPerSecond()).isEqualTo(6 / 120.0);
        assertThat(scale.getFirst().oldestWait()).isEqualTo(Duration.ofMinutes(1));
        assertThat(scale.getLast().oldestWait()).isZero();
    }

    @Test
    void ofAQueueThatFinishedTooManyTheOldestGoAndOtherQueuesStay() throws Exception {
        var first = worker();
        var old = enqueue(first, BUSY, 20);
        var calm = enqueue(first, CALM, 20);
        first.close();
        clock.advance(Duration.ofMinutes(30));
        var second = worker();
        var young = enqueue(second, BUSY, 10);
        second.close();

        var keeper =
                start(
                        Millrace.builder()
                                .store(reopen())
                                .clock(clock)
                                .retention("busy", Retention.STANDARD.most(10))
                                .handle(CALM, (note, job) -> note));
        Bench.await(
                "the oldest are gone",
                () -> old.stream().allMatch(id -> keeper.store().find(id).isEmpty()));
        assertThat(Stream.concat(young.stream(), calm.stream()))
                .allMatch(id -> keeper.store().find(id).isPresent());
    }

    private Millrace worker() {
        var store = opened ? reopen() : openStore();
        opened = true;
        return Millrace.builder()
                .store(store)
                .clock(clock)
                .handle(BUSY, (note, job) -> note)
                .handle(CALM, (note, job) -> note)
                .start();
    }

    private static List<Long> enqueue(Millrace millrace, Task<Note> task, int count)
            throws InterruptedException {
        var handles = new ArrayList<JobHandle>();
        for (int i : IntStream.range(0, count).toArray()) {
            handles.add(millrace.enqueue(task.with(new Note("n" + i))));
        }
        for (JobHandle handle : handles) {
            assertThat(await(handle).isCompleted()).isTrue();
        }
        return handles.stream().map(JobHandle::id).toList();
    }
}
