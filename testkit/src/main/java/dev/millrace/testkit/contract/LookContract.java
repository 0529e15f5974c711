package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.DiscardedJob;
import dev.millrace.store.JobFilter;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer.Lock;
import dev.millrace.store.QueueSnapshot;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Looking at jobs, queues and workers. */
interface LookContract extends Contract {
    @Test
    default void aJobThatDoesNotExistIsNotFound() {
        assertThat(bench().store().find(999_999_999L)).isEmpty();
        assertThat(bench().store().find(0)).isEmpty();
        assertThat(bench().store().find(-1)).isEmpty();
    }

    @Test
    default void jobsAreFoundTogetherAsTheyAreOneByOne() {
        var b = bench();
        var ids = everyState();
        var worker = b.worker();
        long again = b.enqueue(b.job().in("often"));
        for (int i = 0; i < 3; i++) {
            worker.fail(worker.claim("often", Set.of(Bench.WORK), 1).getFirst(), Duration.ZERO);
            b.store().retry(List.of(again), b.tick());
        }
        var asked = new ArrayList<>(ids);
        asked.addAll(List.of(again, 999_999_999L));
        var found = b.store().find(asked);
        assertThat(found).hasSize(ids.size() + 1);
        found.forEach((id, job) -> assertThat(job).isEqualTo(b.find(id)));
        assertThat(b.store().find(List.of())).isEmpty();
    }

    @Test
    default void endedTellsOfEndedJobsOnly() {
        var b = bench();
        var ids = b.enqueue(5, b.job());
        long delayed = b.enqueue(b.job().due(b.now().plusSeconds(60)));
        var worker = b.worker();
        var jobs = worker.claim(4);
        var completed = worker.ends(jobs.get(0));
        worker.report(completed.completed("7"));
        var skipped = worker.ends(jobs.get(1));
        worker.report(skipped.skipped("no"));
        var discarded = worker.ends(jobs.get(2));
        worker.report(discarded.discarded("no"));
        var asked = new ArrayList<>(ids);
        asked.addAll(List.of(delayed, 999_999_999L));
        assertThat(b.store().ended(asked))
                .containsOnlyKeys(ids.subList(0, 3))
                .containsEntry(ids.get(0), new JobState.Completed(completed.endedAt(), false, "7"))
                .containsEntry(ids.get(1), new JobState.Completed(skipped.endedAt(), true, null))
                .containsEntry(ids.get(2), new JobState.Discarded(discarded.endedAt()));
        assertThat(b.store().ended(List.of())).isEmpty();
    }

    @Test
    default void aJobsOwnRetryPolicyIsKnownWhereverItStands() {
        var b = bench();
        var own = RetryPolicy.standard().attempts(3).fixed(Duration.ofSeconds(7));
        var ids = b.enqueue(2, b.job().retrying(own));
        var plain = b.enqueue(b.job());
        var worker = b.worker();
        worker.report(worker.ends(worker.claim(1).getFirst()).discarded("no"));
        for (long id : ids) {
            assertThat(b.store().ownRetry(id)).contains(own);
        }
        assertThat(b.store().ownRetry(plain)).isEmpty();
        assertThat(b.store().ownRetry(Long.MAX_VALUE)).isEmpty();
    }

    /** Jobs in every state a store can bring about, in two queues, of two kinds, tagged. */
    private List<Long> everyState() {
        var b = bench();
        var worker = b.worker();
        var ids = new ArrayList<Long>();
        var kinds = List.of(Bench.WORK, new KindVersion("other", 1));
        for (var queue : List.of("q", "r")) {
            for (var kind : kinds) {
                var draft = b.job().in(queue).of(kind).tagged("both", queue + kind.kind());
                ids.addAll(b.enqueue(6, draft));
                ids.add(b.enqueue(draft.due(b.now().plusSeconds(600))));
                var jobs = worker.claim(queue, Set.of(kind), 5);
                worker.complete(jobs.get(0));
                worker.report(worker.ends(jobs.get(1)).skipped("no"));
                worker.report(worker.ends(jobs.get(2)).discarded("no"));
                worker.fail(jobs.get(3), Duration.ofHours(1));
            }
        }
        return ids;
    }

    @Test
    default void jobsAreListedByEveryFilterAndEveryPairOfFilters() {
        var ids = everyState();
        var all = ids.stream().map(bench()::find).toList();
        var states = new ArrayList<JobState.Name>(List.of(JobState.Name.values()));
        for (int s = -1; s < states.size(); s++) {
            for (var queue : new String[] {null, "q", "r", "none"}) {
                for (var kind : new String[] {null, "work", "other", "none"}) {
                    for (var tag : new String[] {null, "both", "qwork", "rother", "none"}) {
                        var state = s < 0 ? null : states.get(s);
                        var filter = new JobFilter(state, queue, kind, tag);
                        var expected =
                                all.stream()
                                        .filter(job -> state == null || job.state().name() == state)
                                        .filter(job -> queue == null || job.queue().equals(queue))
                                        .filter(job -> kind == null || job.kind().equals(kind))
                                        .filter(job -> tag == null || job.tags().contains(tag))
                                        .map(JobSnapshot::id)
                                        .toList();
                        assertThat(listed(filter, 1000))
                                .as(filter.toString())
                                .containsExactlyInAnyOrderElementsOf(expected);
                    }
                }
            }
        }
    }

    @Test
    default void listsShowJobsAsTheyAreWithoutHistory() {
        for (long id : everyState()) {
            var found = bench().find(id);
            var listed =
                    bench()
                            .store()
                            .list(
                                    new JobFilter(null, found.queue(), found.kind(), null),
                                    1000,
                                    null)
                            .items()
                            .stream()
                            .filter(job -> job.id() == id)
                            .findFirst();
            assertThat(listed)
                    .contains(
                            new JobSnapshot(
                                    id,
                                    found.kind(),
                                    found.version(),
                                    found.queue(),
                                    found.priority(),
                                    found.payload(),
                                    found.tags(),
                                    found.attempt(),
                                    found.maxAttempts(),
                                    found.createdAt(),
                                    found.state(),
                                    found.terms(),
                                    List.of()));
        }
    }

    @Test
    default void availableJobsAreListedInTheOrderInWhichTheyWillRun() {
        var b = bench();
        for (int i : List.of(4, 9, 0, 4, 5, 9, 4)) {
            b.enqueue(b.job().at(i));
        }
        var listed = listed(new JobFilter(JobState.Name.AVAILABLE, "q", null, null), 3);
        assertThat(listed).isEqualTo(Bench.ids(b.worker().claim(100)));
    }

    @Test
    default void scheduledJobsAreListedByDueTimeAndOthersNewestFirst() {
        var b = bench();
        var base = b.now().plusSeconds(100);
        var ids = new ArrayList<Long>();
        for (int i : List.of(2, 0, 1)) {
            ids.add(b.enqueue(b.job().due(base.plusSeconds(i))));
        }
        assertThat(listed(new JobFilter(JobState.Name.SCHEDULED, null, null, null), 2))
                .containsExactly(ids.get(1), ids.get(2), ids.get(0));
        assertThat(listed(JobFilter.all(), 2)).containsExactly(ids.get(2), ids.get(1), ids.get(0));
        var worker = b.worker();
        var done = b.enqueue(3, b.job());
        worker.claim(3).forEach(worker::complete);
        assertThat(listed(new JobFilter(JobState.Name.COMPLETED, null, null, null), 2))
                .isEqualTo(done.reversed());
    }

    @Test
    default void pagesAreCompleteAndWithoutDuplicatesWhileOthersInsert() {
        for (var state : new JobState.Name[] {null, JobState.Name.AVAILABLE}) {
            var b = bench();
            var there = new ArrayList<Long>();
            for (int i = 0; i < 40; i++) {
                there.add(b.enqueue(b.job().in("pages").at(i % 10)));
            }
            var filter = new JobFilter(state, "pages", null, null);
            var before = new HashSet<>(listed(filter, 1000));
            assertThat(before).containsAll(there);
            var seen = new ArrayList<Long>();
            String cursor = null;
            do {
                var page = b.store().list(filter, 7, cursor);
                assertThat(page.items()).hasSizeLessThanOrEqualTo(7);
                page.items().forEach(job -> seen.add(job.id()));
                cursor = page.next();
                b.enqueue(b.job().in("pages").at(seen.size() % 10));
            } while (cursor != null && seen.size() < 1000);
            assertThat(seen).doesNotHaveDuplicates().containsAll(before);
        }
    }

    @Test
    default void anEmptyStoreHasOneEmptyPage() {
        var page = bench().store().list(JobFilter.all(), 10, null);
        assertThat(page.items()).isEmpty();
        assertThat(page.next()).isNull();
    }

    @Test
    default void aCursorThatNoPageGaveIsRefused() {
        for (var cursor : List.of("", "nonsense", "'; drop table job; --")) {
            assertThatExceptionOfType(MillraceException.class)
                    .as("cursor '%s'", cursor)
                    .isThrownBy(() -> bench().store().list(JobFilter.all(), 10, cursor))
                    .extracting(MillraceException::code)
                    .isEqualTo(MillraceException.Code.INVALID_INPUT);
        }
    }

    /** The queues around hold more than a page looks at, so only what goes past them finds it. */
    @Test
    default void theFewJobsOfAQueueAreOnItsFirstPageWhateverStandsInOthers() {
        var b = bench();
        var later = b.now().plusSeconds(9_000);
        b.enqueue(6_000, b.job().in("large").due(b.now().plusSeconds(600)));
        b.enqueue(6_000, b.job().in("larger").due(b.now().plusSeconds(600)));
        var due = new ArrayList<>(b.enqueue(3, b.job().in("small").due(later)));
        due.addAll(b.enqueue(2, b.job().in("other.small").due(later.plusSeconds(1))));
        var scheduled = JobFilter.all().in(JobState.Name.SCHEDULED);
        var small = b.store().list(scheduled.in("small", null), 10, null);
        assertThat(small.items()).extracting(JobSnapshot::id).isEqualTo(due.subList(0, 3));
        assertThat(small.next()).isNull();
        assertThat(small.items()).allMatch(job -> job.state().name() == JobState.Name.SCHEDULED);
        var both = scheduled.among(Set.of("small", "other.small", "none"));
        assertThat(b.store().ids(both, 10, null).ids()).isEqualTo(due);
        assertThat(listed(both, 2)).isEqualTo(due);
        assertThat(b.store().list(both.in("large", null), 10, null).items()).isEmpty();
        assertThat(b.store().list(scheduled.among(Set.of()), 10, null).items()).isEmpty();
    }

    @Test
    default void discardedJobsOfSomeQueuesAreListedNewestFirst() {
        var b = bench();
        var worker = b.worker();
        var wanted = new ArrayList<Long>();
        for (int i = 0; i < 12; i++) {
            var queue = "q" + i % 4;
            long id = b.enqueue(b.job().in(queue));
            var job = worker.claim(queue, Set.of(Bench.WORK), 1).getFirst();
            worker.report(worker.ends(job).discarded("no"));
            if (i % 4 < 2) {
                wanted.addFirst(id);
            }
        }
        var filter = JobFilter.all().in(JobState.Name.DISCARDED).among(Set.of("q0", "q1"));
        assertThat(listed(filter, 100)).isEqualTo(wanted);
        assertThat(listed(filter, 1)).isEqualTo(wanted);
        assertThat(b.store().discarded(filter.among(Set.of("q0", "q1")), 100))
                .extracting(DiscardedJob::id)
                .isEqualTo(wanted);
        assertThat(b.store().discarded(JobFilter.all().among(Set.of("q1")), 2)).hasSize(2);
    }

    private List<Long> listed(JobFilter filter, int limit) {
        var ids = new ArrayList<Long>();
        String cursor = null;
        for (int pages = 0; pages < 1000; pages++) {
            var page = bench().store().list(filter, limit, cursor);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            page.items().forEach(job -> ids.add(job.id()));
            cursor = page.next();
            if (cursor == null) {
                return ids;
            }
        }
        throw new AssertionError("the list did not come to an end: " + filter);
    }

    @Test
    default void queuesAreCountedByState() {
        var b = bench();
        assertThat(b.store().queues()).isEmpty();
        b.enqueue(6, b.job());
        b.enqueue(2, b.job().due(b.now().plusSeconds(60)));
        b.enqueue(b.job().in("a.queue"));
        var createdAt = b.now();
        var worker = b.worker();
        var jobs = worker.claim(5);
        worker.report(worker.ends(jobs.get(0)).discarded("no"));
        worker.complete(jobs.get(1));
        var queues = b.store().queues();
        assertThat(queues).extracting(QueueSnapshot::queue).containsExactly("a.queue", "q");
        assertThat(queues.get(0)).isEqualTo(new QueueSnapshot("a.queue", 1, 0, 0, 0, createdAt));
        var q = queues.get(1);
        assertThat(Stream.of(q.available(), q.scheduled(), q.running(), q.discarded()))
                .containsExactly(1, 2, 3, 1);
        assertThat(q.oldestAvailable()).isEqualTo(jobs.getFirst().createdAt());
    }

    @Test
    default void aCountStopsAtItsBoundWhateverTheNumberOfKinds() {
        var b = bench();
        for (var kind : List.of("one", "two", "three")) {
            var draft = b.job().of(new KindVersion(kind, 1));
            b.enqueue(4_000, draft);
            b.enqueue(4_000, draft.due(b.now().plusSeconds(60)));
        }
        b.enqueue(3, b.job().in("few").at(0));
        b.enqueue(b.job().in("few").at(9));
        var queues = b.store().queues();
        assertThat(queues).extracting(QueueSnapshot::queue).containsExactly("few", "q");
        assertThat(queues.getFirst().available()).isEqualTo(4);
        var q = queues.getLast();
        assertThat(List.of(q.available(), q.scheduled()))
                .containsExactly(QueueSnapshot.COUNT_BOUND, QueueSnapshot.COUNT_BOUND);
    }

    @Test
    default void theOldestIsFoundWhateverItsPriorityAndKind() {
        var b = bench();
        b.enqueue(b.job().at(0).of(new KindVersion("other", 1)));
        var first = b.now();
        for (int i = 9; i > 0; i--) {
            b.tick();
            b.enqueue(b.job().at(i));
        }
        assertThat(b.store().queues().getFirst().oldestAvailable()).isEqualTo(first);
    }

    @Test
    default void aQueueWhoseJobsHaveAllEndedIsStillListed() {
        var b = bench();
        long id = b.enqueue(b.job());
        var worker = b.worker();
        worker.complete(worker.claimOnly(id));
        assertThat(b.store().queues()).containsExactly(new QueueSnapshot("q", 0, 0, 0, 0, null));
    }

    @Test
    default void aPulseTellsOfWorkAndDueJobsAndOtherWorkers() {
        var b = bench();
        var worker = b.worker();
        var other = b.worker();
        var quiet = worker.pulse();
        assertThat(quiet.alive()).isTrue();
        assertThat(quiet.running()).isZero();
        assertThat(quiet.nextDue()).isNull();
        assertThat(quiet.queuesWithWork()).isEmpty();
        assertThat(quiet.others()).extracting(s -> s.workerId()).containsExactly(other.id());
        assertThat(quiet.others().getFirst().name()).isEqualTo("worker");
        assertThat(quiet.others().getFirst().dead()).isFalse();
        var due = b.now().plusSeconds(60);
        b.enqueue(b.job(), b.job().due(due.plusSeconds(1)), b.job().due(due));
        var busy = worker.pulse();
        assertThat(busy.nextDue()).isEqualTo(due);
        assertThat(busy.queuesWithWork()).containsExactly("q");
        worker.claim(10);
        var taken = worker.pulse();
        assertThat(taken.running()).isEqualTo(1);
        assertThat(taken.queuesWithWork()).isEmpty();
        assertThat(other.pulse().running()).isZero();
        assertThat(worker.pulse(false).running()).isZero();
    }

    @Test
    default void aPulseNamesOnlyQueuesWithWorkThatTheWorkerKnows() {
        var b = bench();
        var other = new KindVersion("other", 1);
        b.enqueue(b.job().in("known"), b.job().in("unknown").of(other), b.job().in("unasked"));
        b.enqueue(b.job().in("both").of(other).at(9), b.job().in("both"));
        var kinds = Set.of(Bench.WORK);
        var scopes =
                Stream.of("known", "unknown", "both", "empty")
                        .map(queue -> new Pulse.Scope(queue, kinds))
                        .toList();
        var id = b.worker().id();
        var answer = b.store().pulse(new Pulse(id, true, 0, scopes, b.tick()));
        assertThat(answer.queuesWithWork()).containsExactlyInAnyOrder("known", "both");
        assertThat(b.store().pulse(new Pulse(id, true, 0, List.of(), b.tick())).queuesWithWork())
                .isEmpty();
    }

    @Test
    default void aPulseIsKeptForPeople() {
        var b = bench();
        var id = b.worker().id();
        var at = b.advance(Duration.ofSeconds(5));
        b.store().pulse(new Pulse(id, true, 17, List.of(), at));
        var worker = b.store().workers().getFirst();
        assertThat(worker.running()).isEqualTo(17);
        assertThat(worker.lastBeatAt()).isEqualTo(at);
    }

    @Test
    default void aWorkersLockIsNeverSeenFreeWhileItsStoreIsOpen() {
        var b = bench();
        var worker = b.worker(b.reopen());
        worker.pulse();
        assertThat(b.sighting(worker).lock()).isNotEqualTo(Lock.FREE);
        assertThat(b.sighting(b.worker()).lock()).isNotEqualTo(Lock.FREE);
    }

    @Test
    default void aStoreSaysWhatItIs() {
        var info = bench().store().info();
        assertThat(info.engine()).isNotBlank();
        assertThat(info.address()).isNotBlank();
        assertThat(info.schemaVersion()).isPositive();
        assertThat(info.durability()).isIn("disk", "os", "memory");
    }
}
