package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Durability;
import dev.millrace.job.JobState;
import dev.millrace.job.JobTerms;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.NewJob;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a job is told beyond what every job is told, and what receipts are worth. */
interface TermsContract extends Contract {
    private static JobTerms listed(Bench b, long id) {
        return b.store().list(JobFilter.all(), 1000, null).items().stream()
                .filter(job -> job.id() == id)
                .findFirst()
                .orElseThrow(() -> new AssertionError("job " + id + " is not listed"))
                .terms();
    }

    private List<Draft> everyKindOfTerms() {
        var b = bench();
        var odd = Duration.ofHours(1).plusNanos(123_456_000);
        return List.of(
                b.job(),
                b.job().unique("order:17/a-b_c.d"),
                b.job().ttl(odd),
                b.job().ttl(Duration.ofDays(365)),
                b.job().timeout(Duration.ofMillis(1)),
                b.job().timeout(Duration.ofDays(365)),
                b.job().key("tenant", "acme"),
                b.job().key("e", "5").key("d", "4").key("c", "3").key("b", "2").key("a", "1"),
                b.job().unique("all").ttl(odd).timeout(Duration.ofSeconds(90)).key("t", "x"));
    }

    @Test
    default void termsComeBackFromClaimsFindAndLists() {
        var b = bench();
        for (var draft : everyKindOfTerms()) {
            var jobs = b.newJobs(List.of(draft));
            long id = b.keyed(b.store(), jobs, false).getFirst().jobId();
            var terms = jobs.getFirst().terms();
            assertThat(b.find(id).terms()).isEqualTo(terms);
            assertThat(listed(b, id)).isEqualTo(terms);
            var worker = b.worker();
            var doorman = b.doorman();
            doorman.all();
            var job = worker.claimOnly(id);
            assertThat(job.terms()).isEqualTo(terms);
            worker.fail(job, Duration.ZERO);
            doorman.all();
            assertThat(worker.claimOnly(id).terms()).as("at the next attempt").isEqualTo(terms);
            assertThat(b.find(id).terms()).isEqualTo(terms);
        }
    }

    @Test
    default void aJobWithoutKeysKeepsItsTermsWhicheverWayItIsEnqueued() {
        var b = bench();
        var draft =
                b.job()
                        .ttl(Duration.ofSeconds(100).plusNanos(1000))
                        .timeout(Duration.ofSeconds(7))
                        .key("tenant", "acme");
        long plain = b.enqueue(draft);
        var expiresAt = b.now().plusSeconds(100).plusNanos(1000);
        assertThat(b.find(plain).terms())
                .isEqualTo(
                        new JobTerms(
                                null, expiresAt, Duration.ofSeconds(7), Map.of("tenant", "acme")));
        long delayed = b.enqueue(draft.due(b.now().plusSeconds(10)));
        assertThat(b.find(delayed).terms().keys()).containsEntry("tenant", "acme");
        long none = b.enqueue(b.job());
        assertThat(b.find(none).terms()).isEqualTo(JobTerms.NONE);
        assertThat(b.doorman().all()).isEqualTo(1);
        assertThat(b.worker().claim(10))
                .extracting(ClaimedJob::terms)
                .containsExactlyInAnyOrder(b.find(plain).terms(), JobTerms.NONE);
    }

    @Test
    default void aMomentOfExpiryIsKeptToTheMicrosecondUpToTheYear9999() {
        var b = bench();
        for (var text :
                List.of(
                        "2026-01-01T00:00:00.000001Z",
                        "2026-01-01T00:00:00.999999Z",
                        "2038-01-19T03:14:08.123457Z",
                        "9999-12-31T23:59:59Z")) {
            var at = Instant.parse(text);
            var now = b.tick();
            var job = b.job().ttl(Duration.ofDays(1)).job(b.store().reserveIds(1).first(), now);
            var moved =
                    new NewJob(
                            job.id(),
                            job.queue(),
                            job.kind(),
                            job.version(),
                            job.priority(),
                            job.payload(),
                            job.maxAttempts(),
                            job.retry(),
                            job.tags(),
                            job.createdAt(),
                            job.runAt(),
                            new JobTerms(null, at, null, Map.of()),
                            List.of(),
                            job.durability());
            b.store().enqueue(List.of(moved), false);
            b.accepted(List.of(moved));
            assertThat(b.find(job.id()).terms().expiresAt()).isEqualTo(at);
        }
    }

    @Test
    default void everyLevelOfDurabilityIsAcceptedAloneAndMixedKeyedAndPlain() {
        var b = bench();
        var ids = new ArrayList<Long>();
        var mixed = new ArrayList<Draft>();
        for (var level : Durability.values()) {
            ids.add(b.enqueue(b.job().durability(level)));
            ids.add(b.keyed(b.job().durability(level).unique("k" + level)).jobId());
            mixed.add(b.job().durability(level));
        }
        ids.addAll(b.enqueue(mixed));
        ids.addAll(b.enqueue(mixed.reversed()));
        for (long id : ids) {
            assertThat(b.stateName(id)).isEqualTo(JobState.Name.AVAILABLE);
        }
        assertThat(Bench.ids(b.worker(b.reopen()).claim(100)))
                .as("seen by another process")
                .containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    default void aStoreDeclaresWhatEachLevelOfDurabilityIsWorth() {
        var guarantees = bench().store().info().guarantees();
        assertThat(guarantees).containsOnlyKeys(Durability.values());
        guarantees.forEach((asked, declared) ->
                assertThat(declared.lossWindow()).as("loss window of %s", asked).isNotBlank());
        var reached = new ArrayList<Durability>();
        for (var level : Durability.values()) {
            reached.add(Objects.requireNonNull(guarantees.get(level)).reached());
        }
        assertThat(reached).as("asking for more gives no less").isSorted();
    }
}
