package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.Lease;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Who leads. */
interface LeaseContract extends Contract {
    private Lease take(String holder, Optional<Lease> seen) {
        return bench().store().leases().take("l", holder, seen, bench().tick());
    }

    private Optional<Lease> look() {
        return bench().store().leases().look("l");
    }

    @Test
    default void aLeaseThatWasNeverTakenIsTakenOnce() {
        var b = bench();
        assertThat(look()).isEmpty();
        var at = b.tick();
        var mine = b.store().leases().take("l", "me", Optional.empty(), at);
        assertThat(mine).isEqualTo(new Lease("l", "me", 1, 0, at));
        assertThat(look()).contains(mine);
        assertThat(take("you", Optional.empty())).as("whose it is").isEqualTo(mine);
        assertThat(b.reopen().leases().all()).containsExactly(mine);
    }

    @Test
    default void onlyTheHolderRenewsAndEachRenewalIsSeen() {
        var leases = bench().store().leases();
        var mine = take("me", Optional.empty());
        assertThat(leases.renew("l", "me", 1)).isTrue();
        assertThat(look().orElseThrow().beat()).isNotEqualTo(mine.beat());
        assertThat(leases.renew("l", "you", 1)).isFalse();
        assertThat(leases.renew("l", "me", 2)).isFalse();
        assertThat(leases.renew("other", "me", 1)).isFalse();
    }

    @Test
    default void aLeaseIsTakenOnlyAsItWasSeen() {
        var leases = bench().store().leases();
        take("me", Optional.empty());
        var seen = look();
        assertThat(leases.renew("l", "me", 1)).isTrue();
        assertThat(take("you", seen).holder()).as("it was renewed since").isEqualTo("me");
        var taken = take("you", look());
        assertThat(taken.holder()).isEqualTo("you");
        assertThat(taken.epoch()).isEqualTo(2);
        assertThat(leases.renew("l", "me", 1)).as("the former leader").isFalse();
        leases.release("l", "me", 1);
        assertThat(look().orElseThrow().holder()).isEqualTo("you");
        assertThat(leases.renew("l", "you", 2)).isTrue();
    }

    @Test
    default void aLeaseLaidDownIsFreeAndItsEpochGrows() {
        var leases = bench().store().leases();
        take("me", Optional.empty());
        leases.release("l", "me", 1);
        var free = look().orElseThrow();
        assertThat(free.isFree()).isTrue();
        assertThat(leases.renew("l", "me", 1)).isFalse();
        assertThat(take("you", Optional.of(free)).epoch()).isEqualTo(2);
    }

    @Test
    default void oneTurnRenewsAllThatIsHeldAndLooksAtTheOthers() {
        var leases = bench().store().leases();
        var at = bench().tick();
        var mine = leases.take("a", "me", Optional.empty(), at);
        leases.take("b", "me", Optional.empty(), at);
        var yours = leases.take("c", "you", Optional.empty(), at);
        var taken = leases.take("b", "you", leases.look("b"), at);
        var found =
                leases.turn("me", Map.of("a", 1L, "b", 1L, "never", 3L), Set.of("c", "unknown"));
        assertThat(found).containsOnlyKeys("a", "c").containsEntry("c", yours);
        var renewed = leases.look("a").orElseThrow();
        assertThat(found).containsEntry("a", renewed);
        assertThat(renewed.epoch()).isEqualTo(1);
        assertThat(renewed.beat()).isNotEqualTo(mine.beat());
        assertThat(leases.look("b")).as("taken by another").contains(taken);
        assertThat(leases.turn("me", Map.of(), Set.of("b"))).containsEntry("b", taken);
    }

    @Test
    default void ofManyWhoTakeALeaseAtOnceOneGetsIt() throws Exception {
        var b = bench();
        int threads = 4;
        var stores = List.of(b.store(), b.reopen(), b.store(), b.reopen());
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (int round = 0; round < 20; round++) {
                var seen = look();
                var together = new CyclicBarrier(threads);
                var work = new ArrayList<Future<Lease>>();
                for (int i = 0; i < threads; i++) {
                    String holder = "h" + round + "." + i;
                    var store = stores.get(i);
                    Callable<Lease> taking =
                            () -> {
                                together.await();
                                return store.leases().take("l", holder, seen, b.tick());
                            };
                    work.add(pool.submit(taking));
                }
                var answers = new ArrayList<Lease>();
                for (var each : work) {
                    answers.add(each.get());
                }
                assertThat(answers).extracting(Lease::epoch).containsOnly(round + 1L);
                assertThat(answers).extracting(Lease::holder).hasSize(4);
                assertThat(answers.stream().map(Lease::holder).distinct()).hasSize(1);
            }
        }
    }
}
