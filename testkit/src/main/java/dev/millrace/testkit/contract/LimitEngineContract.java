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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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
}
