package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.JobState;
import dev.millrace.job.JsonPath;
import dev.millrace.job.KindVersion;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.QueueKind;
import dev.millrace.store.Trait;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finding jobs by what they carry, kinds by queue, and discarded jobs by why. */
interface SearchContract extends Contract {
    private List<Long> found(JobFilter filter, int limit) {
        var ids = new ArrayList<Long>();
        String cursor = null;
        do {
            var page = bench().store().list(filter, limit, cursor);
            assertThat(page.looked())
                    .as("looked at for a page of %d", page.items().size())
                    .isGreaterThanOrEqualTo(page.items().size());
            page.items().forEach(job -> ids.add(job.id()));
            cursor = page.next();
        } while (cursor != null);
        var alone = new ArrayList<Long>();
        do {
            var page = bench().store().ids(filter, limit, cursor);
            alone.addAll(page.ids());
            cursor = page.next();
        } while (cursor != null);
        assertThat(alone).as("ids by %s", filter).isEqualTo(ids);
        return ids;
    }

    private List<Long> carrying(JobState.@Nullable Name state, Trait... traits) {
        return found(new JobFilter(state, null, null, null, null, List.of(traits)), 3);
    }

    private static Trait payload(String path, String value) {
        return new Trait.Payload(JsonPath.of(path), value);
    }

    @Test
    default void jobsAreFoundByTheirKeysAndByPlacesInTheirPayloadInEveryState() {
        var b = bench();
        long acme = b.enqueue(b.job().with("{\"n\":{\"id\":17}}").key("tenant", "acme"));
        long other = b.enqueue(b.job().with("{\"n\":{\"id\":18}}").key("tenant", "other"));
        long later =
                b.enqueue(
                        b.job()
                                .with("{\"n\":{\"id\":\"17\"}}")
                                .key("tenant", "acme")
                                .due(b.now().plusSeconds(600)));
        long held = b.keyed(b.job().with("[17]").unique("order:17")).jobId();
        for (int i = 0; i < 20; i++) {
            b.enqueue(b.job().with("{\"n\":" + i + "}"));
        }
        assertThat(carrying(null, new Trait.Key("tenant", "acme"))).containsExactly(later, acme);
        assertThat(carrying(null, new Trait.Key("tenant", "none"))).isEmpty();
        assertThat(carrying(null, new Trait.Key("acme", "tenant"))).isEmpty();
        assertThat(carrying(null, payload("n.id", "17"))).containsExactly(later, acme);
        assertThat(carrying(JobState.Name.SCHEDULED, payload("n.id", "17"))).containsExactly(later);
        assertThat(carrying(JobState.Name.AVAILABLE, payload("n.id", "17"))).containsExactly(acme);
        assertThat(carrying(null, payload("n.id", "18"), new Trait.Key("tenant", "other")))
                .containsExactly(other);
        assertThat(carrying(null, payload("n.id", "18"), new Trait.Key("tenant", "acme")))
                .isEmpty();
        assertThat(carrying(null, payload("0", "17"))).containsExactly(held);
        assertThat(carrying(null, new Trait.Unique("order:17"))).containsExactly(held);
        b.doorman().all();
        var worker = b.worker();
        var jobs = worker.claim(100);
        assertThat(carrying(JobState.Name.RUNNING, payload("n.id", "17"))).containsExactly(acme);
        for (var job : jobs) {
            if (job.id() == other) {
                worker.report(worker.ends(job).discarded("no"));
            } else {
                worker.complete(job);
            }
        }
        assertThat(carrying(JobState.Name.COMPLETED, payload("n.id", "17"))).containsExactly(acme);
        assertThat(carrying(JobState.Name.COMPLETED, new Trait.Unique("order:17")))
                .as("the key that an ended job was accepted with")
                .containsExactly(held);
        assertThat(carrying(JobState.Name.DISCARDED, new Trait.Key("tenant", "other")))
                .containsExactly(other);
    }

    @Test
    default void aPageThatFindsNothingSaysHowMuchItLookedAtAndEnds() {
        var b = bench();
        b.enqueue(50, b.job());
        var nowhere = new JobFilter(null, null, null, null, null, List.of(payload("x", "y")));
        var page = b.store().list(nowhere, 10, null);
        assertThat(page.items()).isEmpty();
        assertThat(page.next()).isNull();
        assertThat(page.looked()).isBetween(50, 100);
    }

    @Test
    default void everyKindThatAQueueEverHadIsListed() {
        var b = bench();
        assertThat(b.store().kinds()).isEmpty();
        var other = new KindVersion("other", 7);
        b.enqueue(b.job(), b.job(), b.job().of(other), b.job().in("r").of(other));
        var worker = b.worker();
        worker.complete(worker.claimOne());
        assertThat(b.store().kinds())
                .containsExactly(
                        new QueueKind("q", "other", 7),
                        new QueueKind("q", Bench.WORK.kind(), Bench.WORK.version()),
                        new QueueKind("r", "other", 7));
        assertThat(b.reopen().kinds()).isEqualTo(b.store().kinds());
    }

    @Test
    default void discardedJobsAreListedWithTheirLastErrorThoseAcceptedLastFirst() {
        var b = bench();
        var worker = b.worker();
        assertThat(b.store().discarded(null, null, 10)).isEmpty();
        var other = new KindVersion("other", 1);
        var ids = b.enqueue(b.job(), b.job(), b.job(), b.job().in("r").of(other));
        var jobs = worker.claim(3);
        var one = worker.ends(jobs.get(0)).discarded("it is 'broken'\nfor good");
        worker.report(one);
        worker.complete(jobs.get(1));
        var two = worker.ends(jobs.get(2)).discarded("nö");
        worker.report(two);
        var third = worker.claim("r", Set.of(other), 1).getFirst();
        worker.report(worker.ends(third).discarded("elsewhere"));

        var all = b.store().discarded(null, null, 10);
        assertThat(all.stream().map(DiscardedJob::id))
                .containsExactly(ids.get(3), ids.get(2), ids.get(0));
        assertThat(all.getFirst().queue()).isEqualTo("r");
        assertThat(all.getFirst().kind()).isEqualTo("other");
        assertThat(all.getLast().errorMessage()).isEqualTo("it is 'broken'\nfor good");
        assertThat(all.getLast().errorType()).isNotBlank().isNotEqualTo(DiscardedJob.UNKNOWN);
        assertThat(all.getLast().at()).isEqualTo(one.endedAt());
        assertThat(b.store().discarded("q", null, 10)).hasSize(2);
        assertThat(b.store().discarded(null, "other", 10)).hasSize(1);
        assertThat(b.store().discarded("q", "other", 10)).isEmpty();
        assertThat(b.store().discarded(null, null, 2)).isEqualTo(all.subList(0, 2));
        b.store().retry(List.of(ids.get(0)), b.tick());
        assertThat(b.store().discarded("q", null, 10))
                .extracting(DiscardedJob::id)
                .containsExactly(ids.get(2));
    }
}
