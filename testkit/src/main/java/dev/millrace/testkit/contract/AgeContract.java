package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.KindVersion;
import dev.millrace.store.QueueControl;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Claims that take what waits longest. */
interface AgeContract extends Contract {
    KindVersion REST = new KindVersion("rest", 1);

    @Test
    default void anAgedClaimTakesTheLongestWaitingWhateverTheirPriorityAndKind() {
        var b = bench();
        long low = b.enqueue(b.job().at(0));
        long high = b.enqueue(b.job().at(9));
        long other = b.enqueue(b.job().of(REST).at(3));
        long higher = b.enqueue(b.job().at(8));
        long last = b.enqueue(b.job().of(REST).at(9));
        var worker = b.worker();
        var both = Set.of(Bench.WORK, REST);
        assertThat(Bench.ids(worker.claimAged(both, 1))).containsExactly(low);
        assertThat(Bench.ids(worker.claimAged(both, 2))).containsExactlyInAnyOrder(high, other);
        assertThat(Bench.ids(worker.claimAged(Set.of(REST), 5))).containsExactly(last);
        assertThat(Bench.ids(worker.claimAged(both, 5))).containsExactly(higher);
        assertThat(worker.claimAged(both, 5)).isEmpty();
    }

    @Test
    default void anAgedClaimHeedsTheLimitOfItsQueueAndLeavesTheRestInOrder() {
        var b = bench();
        b.store().control(Bench.QUEUE, new QueueControl(false, 2));
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 6; i++) {
            ids.add(b.enqueue(b.job().at(i)));
        }
        var worker = b.worker();
        worker.pulse();
        var taken = worker.claimAged(Set.of(Bench.WORK), 5);
        assertThat(Bench.ids(taken)).containsExactlyInAnyOrder(ids.get(0), ids.get(1));
        assertThat(worker.claimAged(Set.of(Bench.WORK), 5)).isEmpty();
        taken.forEach(worker::complete);
        assertThat(Bench.ids(worker.claim(5))).containsExactly(ids.get(5), ids.get(4));
    }

    @Test
    default void agedClaimsAndOthersTogetherTakeEveryJobOnce() {
        var b = bench();
        var random = new Random(7);
        var left = new ArrayList<Long>();
        for (int i = 0; i < 500; i++) {
            left.add(
                    b.enqueue(
                            b.job()
                                    .of(random.nextBoolean() ? REST : Bench.WORK)
                                    .at(random.nextInt(10))));
        }
        var worker = b.worker();
        var both = Set.of(Bench.WORK, REST);
        while (!left.isEmpty()) {
            int many = 1 + random.nextInt(20);
            boolean aged = random.nextBoolean();
            List<Long> got =
                    Bench.ids(
                            aged
                                    ? worker.claimAged(both, many)
                                    : worker.claim(Bench.QUEUE, both, many));
            assertThat(got).hasSize(Math.min(many, left.size())).doesNotHaveDuplicates();
            if (aged) {
                assertThat(got)
                        .as("the longest waiting")
                        .containsExactlyInAnyOrderElementsOf(left.subList(0, got.size()));
            }
            assertThat(left.removeAll(got)).isTrue();
        }
        assertThat(worker.claim(Bench.QUEUE, both, 1)).isEmpty();
    }
}
