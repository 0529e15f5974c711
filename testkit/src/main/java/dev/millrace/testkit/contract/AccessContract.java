package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.store.AccessStore;
import dev.millrace.store.AuditEntry;
import dev.millrace.store.SignIn;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Who did what, and who is signed in. */
interface AccessContract extends Contract {
    Instant AT = Instant.parse("2026-03-01T12:00:00.123456Z");

    private static AuditEntry entry(int n) {
        return new AuditEntry(
                0,
                AT.plusSeconds(n),
                "anna",
                "operator",
                "cancelJob",
                "job " + n,
                n % 2 == 0 ? null : "{\"state\":\"available\"}",
                "{\"state\":\"cancelled\",\"n\":" + n + "}",
                "127.0.0.1");
    }

    private static SignIn session(String hash, String user, Duration life) {
        return new SignIn(hash, user, "stamp", AT, AT.plus(life));
    }

    private AccessStore access() {
        return bench().store().access();
    }

    private static List<String> targets(List<AuditEntry> entries) {
        return entries.stream().map(AuditEntry::target).toList();
    }

    @Test
    default void whatWasDoneIsListedNewestFirstInPages() throws Exception {
        assertThat(access().audited(Long.MAX_VALUE, 10)).isEmpty();
        access().audit(List.of());
        access().audit(List.of(entry(1), entry(2)));
        bench().reopen().access().audit(List.of(entry(3)));
        List<AuditEntry> newest = access().audited(Long.MAX_VALUE, 2);
        assertThat(targets(newest)).containsExactly("job 3", "job 2");
        assertThat(newest.getFirst()).isEqualTo(entry(3).id(newest.getFirst().id()));
        List<AuditEntry> rest = access().audited(newest.getLast().id(), 10);
        assertThat(rest).containsExactly(entry(1).id(rest.getFirst().id()));
        assertThat(access().audited(rest.getFirst().id(), 10)).isEmpty();
    }

    @Test
    default void oldEntriesAreForgottenByAgeAndByNumberInSteps() {
        access().audit(IntStream.range(0, 10).mapToObj(AccessContract::entry).toList());
        assertThat(access().forgetAudit(AT, 1_000, 100)).isZero();
        assertThat(access().forgetAudit(AT.plusSeconds(5), 1_000, 3)).isEqualTo(3);
        assertThat(access().forgetAudit(AT.plusSeconds(5), 1_000, 3)).isEqualTo(2);
        assertThat(access().forgetAudit(AT.plusSeconds(5), 1_000, 3)).isZero();
        assertThat(access().forgetAudit(AT, 2, 100)).isEqualTo(3);
        assertThat(targets(access().audited(Long.MAX_VALUE, 10))).containsExactly("job 9", "job 8");
        access().audit(List.of(entry(10)));
        assertThat(targets(access().audited(Long.MAX_VALUE, 1))).containsExactly("job 10");
    }

    @Test
    default void entriesOfManyAtOnceAreAllKept() throws Exception {
        var stores = List.of(bench().store(), bench().reopen());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<java.util.concurrent.Future<?>>();
            for (int i = 0; i < 40; i++) {
                int n = i;
                all.add(
                        threads.submit(() ->
                                stores.get(n % 2)
                                        .access()
                                        .audit(List.of(entry(2 * n), entry(2 * n + 1)))));
            }
            for (var each : all) {
                each.get();
            }
        }
        List<AuditEntry> kept = access().audited(Long.MAX_VALUE, 1_000);
        assertThat(new HashSet<>(targets(kept))).hasSize(80);
        assertThat(kept).extracting(AuditEntry::id).isSortedAccordingTo(Collections.reverseOrder());
    }

    @Test
    default void aSessionIsKnownEverywhereUntilItEnds() throws Exception {
        access().signIn(session("h1", "anna", Duration.ofHours(1)));
        access().signIn(session("h2", "anna", Duration.ofHours(2)));
        access().signIn(session("h3", "bob", Duration.ofHours(2)));
        AccessStore other = bench().reopen().access();
        assertThat(other.signedIn("h1", AT)).contains(session("h1", "anna", Duration.ofHours(1)));
        assertThat(other.signedIn("h1", AT.plus(Duration.ofHours(1)))).isEmpty();
        assertThat(other.signedIn("h", AT)).isEmpty();
        assertThat(other.signOut("h1")).isTrue();
        assertThat(other.signOut("h1")).isFalse();
        assertThat(access().signedIn("h1", AT)).isEmpty();
        assertThat(access().signOutAll("anna")).isEqualTo(1);
        assertThat(other.signedIn("h2", AT)).isEmpty();
        assertThat(other.signedIn("h3", AT)).isPresent();
    }

    @Test
    default void expiredSessionsAreRemovedInSteps() {
        for (int i = 0; i < 5; i++) {
            access().signIn(session("h" + i, "anna", Duration.ofMinutes(i + 1)));
        }
        assertThat(access().expireSignIns(AT, 10)).isZero();
        assertThat(access().expireSignIns(AT.plus(Duration.ofMinutes(3)), 2)).isEqualTo(2);
        assertThat(access().expireSignIns(AT.plus(Duration.ofMinutes(3)), 2)).isEqualTo(1);
        assertThat(access().expireSignIns(AT.plus(Duration.ofMinutes(3)), 2)).isZero();
        assertThat(
                        LongStream.range(0, 5)
                                .filter(i -> access().signedIn("h" + i, AT).isPresent())
                                .toArray())
                .containsExactly(3, 4);
    }

    @Test
    default void whatIsOutOfBoundsIsRefusedAndNothingKept() {
        List<AuditEntry> many = Collections.nCopies(AccessStore.MOST_AT_ONCE + 1, entry(1));
        for (Runnable refused :
                List.<Runnable>of(
                        () -> access().audit(many),
                        () -> access().audited(5, 0),
                        () -> access().audited(5, AccessStore.MOST_AT_ONCE + 1),
                        () -> access().forgetAudit(AT, 1, 0),
                        () -> access().expireSignIns(AT, 10_001))) {
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(refused::run)
                    .withMessageContaining("must be 1 to");
        }
        assertThat(access().audited(Long.MAX_VALUE, 10)).isEmpty();
    }
}
