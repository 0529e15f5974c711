package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.admin.JobQuery;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.UniqueKey;
import dev.millrace.store.WorkerSnapshot;
import dev.millrace.testkit.contract.Bench;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Searching, grouping failures and draining a worker through the façade. */
@Timeout(60)
class SearchTest {
    record Order(int id, String to) {}

    private static final Task<Order> SEND = Task.named("send", Order.class);

    private static List<Long> ids(Millrace millrace, String search) {
        var page = millrace.search(JobQuery.parse(search), 100, null);
        assertThat(page.next()).isNull();
        return page.items().stream().map(JobSnapshot::id).toList();
    }

    @Test
    void aWordIsAnIdOrAKeyHeldNowAndQualifiersHoldForItToo() throws Exception {
        try (var millrace = Millrace.builder().store(new MemoryStore()).start()) {
            long plain = millrace.enqueue(SEND.with(new Order(1, "a"))).id();
            long keyed =
                    millrace.enqueue(
                                    SEND.with(new Order(2, "b"))
                                            .unique(UniqueKey.whileLive("order:2")))
                            .id();
            assertThat(ids(millrace, Long.toString(plain))).containsExactly(plain);
            assertThat(ids(millrace, "\"order:2\"")).containsExactly(keyed);
            assertThat(ids(millrace, "\"order:2\" payload.id:2")).containsExactly(keyed);
            assertThat(ids(millrace, "\"order:2\" payload.id:3")).isEmpty();
            assertThat(ids(millrace, plain + " state:running")).isEmpty();
            assertThat(ids(millrace, "999999999999999999999999")).isEmpty();
            assertThat(ids(millrace, "größe")).isEmpty();
            assertThat(ids(millrace, "payload.to:a")).containsExactly(plain);
        }
    }

    @Test
    void failuresOfOneKindAreOneGroupWhateverTheirNumbers() throws Exception {
        try (var millrace =
                Millrace.builder()
                        .store(new MemoryStore())
                        .handle(
                                SEND,
                                (order, job) -> {
                                    throw new IllegalStateException(
                                            order.id() < 10
                                                    ? "no order " + order.id() + " at " + order.to()
                                                    : "full");
                                })
                        .start()) {
            for (int i = 1; i <= 12; i++) {
                millrace.enqueue(SEND.with(new Order(i, "x")).retry(RetryPolicy.never()))
                        .await(Duration.ofSeconds(20));
            }
            var failures = millrace.failures(null, null, 10);
            assertThat(failures.looked()).isEqualTo(12);
            assertThat(failures.more()).isFalse();
            assertThat(failures.groups()).hasSize(2);
            var first = failures.groups().getFirst();
            assertThat(first.count()).isEqualTo(9);
            assertThat(first.message()).isEqualTo("no order 9 at x");
            assertThat(first.type()).isEqualTo(IllegalStateException.class.getName());
            assertThat(first.jobs()).hasSize(5);
            assertThat(millrace.failures(null, null, 1).more()).isTrue();
            assertThat(millrace.failures("none", null, 10).groups()).isEmpty();
        }
    }

    @Test
    void aWorkerToldToDrainEndsWhatItRunsAndClaimsNothingMore() throws Exception {
        var store = new MemoryStore();
        var begun = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        try (var worker =
                        Millrace.builder()
                                .store(store)
                                .handle(
                                        SEND,
                                        (order, job) -> {
                                            begun.countDown();
                                            go.await();
                                            return null;
                                        })
                                .start();
                var elsewhere = Millrace.builder().store(store.reopen()).start()) {
            var first = elsewhere.enqueue(SEND.with(new Order(1, "a")));
            begun.await();
            assertThat(elsewhere.drain(worker.workerId())).isTrue();
            assertThat(elsewhere.drain(worker.workerId() + 100)).isFalse();
            assertThat(shown(worker).draining()).isTrue();
            Bench.await("the worker has heeded it", worker::isDraining);
            go.countDown();
            first.await(Duration.ofSeconds(20));
            Bench.await("it has ended what it ran", () -> worker.running() == 0);
            var second = elsewhere.enqueue(SEND.with(new Order(2, "a")));
            // two pulses and a sweep later it would have claimed it
            assertThat(second.await(Duration.ofSeconds(2))).isNotNull();
            assertThat(store.find(second.id()).orElseThrow().state().isEnded()).isFalse();
            assertThat(shown(worker).running()).isZero();
        }
    }

    private static WorkerSnapshot shown(Millrace worker) {
        return worker.store().workers().stream()
                .filter(each -> each.id() == worker.workerId())
                .findFirst()
                .orElseThrow();
    }
}
