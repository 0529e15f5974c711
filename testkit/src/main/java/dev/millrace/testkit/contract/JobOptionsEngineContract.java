package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.Durability;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.UniqueKey;
import dev.millrace.queue.JobHandle;
import dev.millrace.queue.JobResult;
import dev.millrace.testkit.FakeClock;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What the whole engine makes of the rarer things said of a job: keys, times to live, durability.
 * Every engine runs it unchanged; a subclass says how to open a store.
 */
public abstract class JobOptionsEngineContract extends EngineBench {
    private static final Task<Note> QUICK =
            WORK.retry(RetryPolicy.standard().attempts(2).backoff(Duration.ZERO, Duration.ZERO));

    /** No engine opened yet. */
    protected JobOptionsEngineContract() {}

    @Test
    void aLaterJobWithALiveJobsKeyIsAnsweredWithThatJob() throws InterruptedException {
        var web = web(openStore());
        var request = WORK.with(new Note("a")).unique("order:1");
        var first = web.enqueue(request);
        var second = web.enqueue(WORK.with(new Note("b")).unique("order:1"));
        assertThat(first.isDuplicate()).isFalse();
        assertThat(second.isDuplicate()).isTrue();
        assertThat(second.id()).isEqualTo(first.id());
        start(Millrace.builder().store(reopen()).handle(WORK, (note, job) -> note.text()));
        assertThat(await(second).as(String.class)).isEqualTo("a");
        var third = web.enqueue(request);
        assertThat(third.isDuplicate()).isFalse();
        assertThat(await(third).isCompleted()).isTrue();
    }

    @Test
    void aBurstBecomesOneJobWithTheLastPayload() throws InterruptedException {
        var clock = new FakeClock();
        var web = start(Millrace.builder().store(openStore()).clock(clock));
        var key = UniqueKey.whileLive("burst").onConflict(UniqueKey.OnConflict.DEBOUNCE);
        var handles = new ArrayList<JobHandle>();
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(1));
            var request = WORK.with(new Note("n" + i)).delay(Duration.ofSeconds(10)).unique(key);
            handles.add(web.enqueue(request));
        }
        assertThat(handles)
                .extracting(JobHandle::isReplacement)
                .containsExactly(false, true, true, true, true);
        for (var replaced : handles.subList(0, 4)) {
            assertThat(await(replaced).state()).isInstanceOf(JobState.Cancelled.class);
        }
        clock.advance(Duration.ofSeconds(11));
        start(
                Millrace.builder()
                        .store(reopen())
                        .clock(clock)
                        .handle(WORK, (note, job) -> note.text()));
        assertThat(await(handles.getLast()).as(String.class)).isEqualTo("n4");
    }

    @Test
    void theSameRequestAgainIsAnsweredWithTheFirstJobAndAnotherIsRefused()
            throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(WORK, (note, job) -> note.text()));
        var request = WORK.with(new Note("a")).idempotencyKey("request-1");
        var first = m.enqueue(request);
        assertThat(await(first).isCompleted()).isTrue();
        var again = m.enqueue(request);
        assertThat(again.isDuplicate()).isTrue();
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(await(again).as(String.class)).isEqualTo("a");
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> m.enqueue(WORK.with(new Note("b")).idempotencyKey("request-1")))
                .withMessageContaining("request-1")
                .withMessageContaining("job " + first.id())
                .extracting(MillraceException::code)
                .isEqualTo(MillraceException.Code.IDEMPOTENCY_CONFLICT);
    }

    @Test
    void aStreamCountsOnlyTheJobsItBrought() throws InterruptedException {
        var web = web(openStore());
        var requests =
                IntStream.range(0, 2_000)
                        .mapToObj(i ->
                                i % 4 == 0
                                        ? WORK.with(new Note("plain"))
                                        : WORK.with(new Note("keyed")).unique("k" + i % 100));
        // 25 of the 100 keys belong to plain jobs
        assertThat(web.enqueueAll(requests)).isEqualTo(500 + 75);
        assertThat(web.store().queues().getFirst().available()).isEqualTo(575);
    }

    @Test
    void aWorkerThatStartsAfterTheirTimeToLiveRunsNoneOfTheJobs() throws InterruptedException {
        var clock = new FakeClock();
        var web = start(Millrace.builder().store(openStore()).clock(clock));
        var late = new ArrayList<JobHandle>();
        var good = new ArrayList<JobHandle>();
        for (int i = 0; i < 40; i++) {
            late.add(web.enqueue(WORK.with(new Note("late")).ttl(Duration.ofSeconds(10))));
            good.add(web.enqueue(WORK.with(new Note("good")).ttl(Duration.ofHours(1))));
        }
        clock.advance(Duration.ofSeconds(10));
        Set<String> ran = ConcurrentHashMap.newKeySet();
        start(
                Millrace.builder()
                        .store(reopen())
                        .clock(clock)
                        .handle(
                                WORK,
                                (note, job) -> {
                                    ran.add(note.text());
                                    return null;
                                }));
        for (var job : good) {
            assertThat(await(job).isCompleted()).isTrue();
        }
        for (var job : late) {
            assertThat(await(job).state()).isInstanceOf(JobState.Expired.class);
            assertThat(ends(look(web, job))).containsExactly(Attempt.End.EXPIRED);
        }
        assertThat(ran).containsExactly("good");
    }

    @Test
    void aJobThatFailedOnceIsTriedAgainAlsoPastItsTimeToLive() throws InterruptedException {
        var clock = new FakeClock();
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .clock(clock)
                                .handle(
                                        QUICK,
                                        (note, job) -> {
                                            if (job.attempt() == 1) {
                                                clock.advance(Duration.ofHours(1));
                                                throw new IllegalStateException("once");
                                            }
                                            return "done";
                                        }));
        var job = m.enqueue(QUICK.with(new Note("a")).ttl(Duration.ofMinutes(1)));
        assertThat(await(job).as(String.class)).isEqualTo("done");
    }

    @Test
    void jobsAcceptedInMemoryRunAndAreWrittenWhenTheirProcessCloses() throws InterruptedException {
        var store = openStore();
        var keeper = web(reopen());
        var web = web(store);
        var ids = new ArrayList<Long>();
        for (var level : Durability.values()) {
            for (int i = 0; i < 50; i++) {
                ids.add(web.enqueue(WORK.with(new Note("m")).durability(level)).id());
            }
        }
        web.close();
        for (long id : ids) {
            assertThat(keeper.store().find(id)).as("job %d", id).isPresent();
        }
        var m = start(Millrace.builder().store(reopen()).handle(WORK, (note, job) -> null));
        var fresh = m.enqueue(WORK.with(new Note("m")).durability(Durability.MEMORY));
        assertThat(await(fresh).isCompleted()).isTrue();
        for (long id : ids) {
            assertThat(await(m.job(id)).isCompleted()).isTrue();
        }
    }

    @Test
    void aQueuesDurabilityHoldsForItsEnqueuesAndItsJobsRun() throws InterruptedException {
        var web =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .durability("feed", Durability.MEMORY)
                                .durability("mail", Durability.OS));
        var ids = new ArrayList<Long>();
        for (var queue : List.of("feed", "mail", "default")) {
            for (int i = 0; i < 20; i++) {
                ids.add(web.enqueue(WORK.with(new Note("m")).queue(queue)).id());
            }
        }
        var m =
                start(
                        Millrace.builder()
                                .store(reopen())
                                .queue("feed", 4)
                                .queue("mail", 4)
                                .handle(WORK, (note, job) -> null));
        for (long id : ids) {
            assertThat(await(m.job(id)).isCompleted()).isTrue();
        }
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() ->
                        Millrace.builder()
                                .store(reopen())
                                .durability("no such*", Durability.OS)
                                .start())
                .withMessageContaining("queue must consist of letters");
    }

    @Test
    void handlersSeeTheKeysOfTheirJobs() throws InterruptedException {
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(WORK, (note, job) -> job.keys().get("tenant")));
        var job = m.enqueue(WORK.with(new Note("a")).key("tenant", "acme").key("shard", "7"));
        assertThat(await(job).as(String.class)).isEqualTo("acme");
    }

    @Test
    void whoeverAskedLearnsOfTheEndWithoutWaiting() throws Exception {
        var go = new CountDownLatch(1);
        var web = web(openStore());
        var job = web.enqueue(WORK.with(new Note("a")));
        var first = job.whenEnded().toCompletableFuture();
        var second = job.whenEnded().thenApply(JobResult::isCompleted).toCompletableFuture();
        start(
                Millrace.builder()
                        .store(reopen())
                        .handle(
                                WORK,
                                (note, j) -> {
                                    go.await();
                                    return "done";
                                }));
        assertThat(first).isNotDone();
        go.countDown();
        assertThat(first.get(SOON.toSeconds(), TimeUnit.SECONDS).as(String.class))
                .isEqualTo("done");
        assertThat(second.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        var late = web.job(job.id()).whenEnded().toCompletableFuture();
        assertThat(late.get(SOON.toSeconds(), TimeUnit.SECONDS).isCompleted()).isTrue();
    }
}
