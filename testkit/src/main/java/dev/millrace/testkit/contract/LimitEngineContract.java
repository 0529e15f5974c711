package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.Millrace;
import dev.millrace.MillraceBuilder;
import dev.millrace.job.MillraceException;
import dev.millrace.queue.JobHandle;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueLimits;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Whole engines whose queues have limits by key. */
public abstract class LimitEngineContract extends EngineBench {
    /** How many of each key run now, and the most that ever did. */
    private final Map<String, AtomicInteger> now = new ConcurrentHashMap<>();

    private final Map<String, Integer> most = new ConcurrentHashMap<>();

    /** Called by the engine's test class. */
    protected LimitEngineContract() {}

    private MillraceBuilder limited(JobStore store, int perTenant) {
        return Millrace.builder()
                .store(store)
                .queue("default", q -> q.slots(20).limitPerKey("tenant", perTenant))
                .handle(
                        WORK,
                        (note, job) -> {
                            var tenant = job.keys().getOrDefault("tenant", "none");
                            var count = now.computeIfAbsent(tenant, t -> new AtomicInteger());
                            most.merge(tenant, count.incrementAndGet(), Math::max);
                            try {
                                LockSupport.parkNanos(200_000);
                                return tenant;
                            } finally {
                                count.decrementAndGet();
                            }
                        });
    }

    @Test
    void noMoreOfAKeyRunAtOnceThanItsLimitInAllProcessesTogether() throws Exception {
        var web = web(openStore());
        start(limited(reopen(), 2));
        start(limited(reopen(), 2));
        var jobs = new ArrayList<JobHandle>();
        for (int i = 0; i < 400; i++) {
            var request = WORK.with(new Note("n"));
            jobs.add(web.enqueue(i % 4 == 3 ? request : request.key("tenant", "t" + i % 4)));
        }
        for (var job : jobs) {
            assertThat(await(job).isCompleted()).isTrue();
        }
        assertThat(most).containsKeys("t0", "t1", "t2", "none");
        most.forEach((tenant, count) -> {
            if (!tenant.equals("none")) {
                assertThat(count).as(tenant).isLessThanOrEqualTo(2);
            }
        });
    }

    @Test
    void aFullKeyHoldsUpNobodyElse() throws Exception {
        var go = new CountDownLatch(1);
        var began = new CountDownLatch(1);
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .queue("default", q -> q.slots(20).limitPerKey("tenant", 1))
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            if (note.text().equals("slow")) {
                                                began.countDown();
                                                await(go);
                                            }
                                            return null;
                                        }));
        var slow = m.enqueue(WORK.with(new Note("slow")).key("tenant", "acme"));
        await(began);
        var behind = new ArrayList<JobHandle>();
        for (int i = 0; i < 50; i++) {
            behind.add(m.enqueue(WORK.with(new Note("n")).key("tenant", "acme").priority(9)));
        }
        await(m.enqueue(WORK.with(new Note("n")).key("tenant", "other")));
        await(m.enqueue(WORK.with(new Note("n"))));
        assertThat(behind).noneMatch(job -> look(m, job).state().isEnded());
        go.countDown();
        await(slow);
        for (var job : behind) {
            await(job);
        }
    }

    @Test
    void whoeverAdmitsIsFollowedByAnotherWhenItsProcessEnds() throws Exception {
        var first = start(limited(openStore(), 1));
        await(first.enqueue(WORK.with(new Note("n")).key("tenant", "a")));
        var second = start(limited(reopen(), 1));
        first.close();
        var jobs = new ArrayList<JobHandle>();
        for (int i = 0; i < 20; i++) {
            jobs.add(second.enqueue(WORK.with(new Note("n")).key("tenant", "a")));
        }
        for (var job : jobs) {
            assertThat(await(job).isCompleted()).isTrue();
        }
        assertThat(most).containsEntry("a", 1);
    }

    @Test
    void whatCodeDeclaresIsKeptAndWrongLimitsAreRefusedAtTheStart() {
        var m = start(limited(openStore(), 3));
        assertThat(m.store().limits().limits())
                .containsEntry("default", new QueueLimits(Map.of("tenant", 3)));
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() ->
                        Millrace.builder()
                                .store(reopen())
                                .queue("default", q -> q.limitPerKey("tenant", 0))
                                .start())
                .withMessageContaining("the limit of key 'tenant' must be 1 to 1000000, got 0");
        assertThat(List.of(m)).hasSize(1);
    }

    @Test
    void aHandlersRetryAfterPausesItsKeyInAllProcesses() throws Exception {
        var web = web(openStore());
        var calls = new AtomicInteger();
        var others = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            start(
                    Millrace.builder()
                            .store(reopen())
                            .queue("default", q -> q.slots(20).limitPerKey("host", 1))
                            .handle(
                                    WORK,
                                    (note, job) -> {
                                        if (job.keys().containsValue("busy")
                                                && calls.incrementAndGet() == 1) {
                                            return job.retryAfter(Duration.ofDays(1), "host");
                                        }
                                        others.incrementAndGet();
                                        return null;
                                    }));
        }
        var busy = new ArrayList<JobHandle>();
        for (int i = 0; i < 5; i++) {
            busy.add(web.enqueue(WORK.with(new Note("n")).key("host", "busy")));
        }
        until("the first call", () -> calls.get() == 1);
        for (int i = 0; i < 5; i++) {
            await(web.enqueue(WORK.with(new Note("n")).key("host", "free")));
        }
        assertThat(calls).hasValue(1);
        assertThat(others).hasValue(5);
        assertThat(busy).noneMatch(job -> look(web, job).state().isEnded());
    }

    @Test
    void aHandlerCannotPauseWhatItsJobDoesNotCarry() throws Exception {
        var refusal = new AtomicReference<String>();
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            try {
                                                return job.retryAfter(Duration.ofDays(1), "host");
                                            } catch (MillraceException e) {
                                                refusal.set(String.valueOf(e.getMessage()));
                                                return null;
                                            }
                                        }));
        await(m.enqueue(WORK.with(new Note("n")).key("tenant", "a")));
        assertThat(refusal.get()).startsWith("a pause needs the name of a key of the job");
    }

    @Test
    void queuesThatShareSomethingRunNoMoreOfItTogetherThanItAllows() throws Exception {
        var web = web(openStore());
        var running = new AtomicInteger();
        var peak = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            start(
                    Millrace.builder()
                            .store(reopen())
                            .queue("default", q -> q.slots(20).sharedLimit("weather", 2))
                            .queue("other", q -> q.slots(20).sharedLimit("weather", 3))
                            .handle(
                                    WORK,
                                    (note, job) -> {
                                        peak.accumulateAndGet(running.incrementAndGet(), Math::max);
                                        try {
                                            LockSupport.parkNanos(200_000);
                                            return null;
                                        } finally {
                                            running.decrementAndGet();
                                        }
                                    }));
        }
        var jobs = new ArrayList<JobHandle>();
        for (int i = 0; i < 100; i++) {
            var request = WORK.with(new Note("n"));
            jobs.add(web.enqueue(i % 2 == 0 ? request : request.queue("other")));
        }
        for (var job : jobs) {
            assertThat(await(job).isCompleted()).isTrue();
        }
        assertThat(peak).hasValueBetween(1, 2);
    }

    @Test
    void lowPrioritiesProgressWhileHigherOnesNeverEnd() throws Exception {
        var stop = new AtomicBoolean();
        var self = new AtomicReference<Millrace>();
        var m =
                start(
                        Millrace.builder()
                                .store(openStore())
                                .queue("default", q -> q.slots(1))
                                .handle(
                                        WORK,
                                        (note, job) -> {
                                            if (note.text().equals("high") && !stop.get()) {
                                                var again = WORK.with(note).priority(9);
                                                self.get().enqueue(again);
                                                self.get().enqueue(again);
                                            }
                                            return null;
                                        }));
        self.set(m);
        for (int i = 0; i < 50; i++) {
            m.enqueue(WORK.with(new Note("high")).priority(9));
        }
        var low = m.enqueue(WORK.with(new Note("low")).priority(0));
        try {
            assertThat(await(low).isCompleted()).isTrue();
        } finally {
            stop.set(true);
        }
    }
}
