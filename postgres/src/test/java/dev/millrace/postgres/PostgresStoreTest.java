package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.job.Attempt;
import dev.millrace.job.ErrorInfo;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.job.RetryPolicy;
import dev.millrace.store.ClaimRequest;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobFilter;
import dev.millrace.store.NewJob;
import dev.millrace.store.Pulse;
import dev.millrace.store.PulseAnswer;
import dev.millrace.store.Recorded;
import dev.millrace.store.RescueAnswer;
import dev.millrace.store.WorkerInfo;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class PostgresStoreTest {
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private static final KindVersion KIND = new KindVersion("test.kind", 1);
    private static final KindVersion OTHER = new KindVersion("test.other", 2);

    private final AtomicLong claims = new AtomicLong(1000);
    private String url;
    private PostgresStore store;

    @BeforeEach
    void open() {
        url = TestServer.freshUrl();
        store = PostgresStore.at(url);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private NewJob job(long id, KindVersion kind, int priority, @Nullable Instant runAt) {
        return new NewJob(
                id,
                "q",
                kind.kind(),
                kind.version(),
                priority,
                "{\"n\":" + id + ",\"s\":\"ü€😀\"}",
                3,
                id % 2 == 0 ? RetryPolicy.standard().attempts(3) : null,
                id % 3 == 0 ? List.of("a", "b:c") : List.of(),
                NOW,
                runAt);
    }

    private List<NewJob> jobs(int n, KindVersion kind, int priority) {
        long first = store.reserveIds(n).first();
        var made = new ArrayList<NewJob>();
        for (int i = 0; i < n; i++) {
            made.add(job(first + i, kind, priority, null));
        }
        return made;
    }

    private long worker() {
        return store.register(new WorkerInfo("w/1", "1.0", Map.of("q", 5, "r", 6), NOW));
    }

    private List<ClaimedJob> claim(long worker, int max, boolean sweep) {
        return store.claim(
                new ClaimRequest(
                        worker,
                        claims.incrementAndGet(),
                        "q",
                        Set.of(KIND, OTHER),
                        max,
                        sweep,
                        NOW));
    }

    private static Ending ending(ClaimedJob job, long worker, Attempt.End end, Ending.Next next) {
        boolean failed = end == Attempt.End.FAILED || end == Attempt.End.DISCARDED;
        return new Ending(
                job.id(),
                job.claimId(),
                worker,
                job.attempt(),
                NOW,
                NOW.plusMillis(5),
                end,
                failed ? new ErrorInfo("E", "m\nn", "s") : null,
                end == Attempt.End.COMPLETED && job.id() % 2 == 0 ? "{\"r\":1}" : null,
                next);
    }

    private static Ending done(ClaimedJob job, long worker) {
        return ending(job, worker, Attempt.End.COMPLETED, new Ending.Next.Finished());
    }

    @Test
    void jobsComeBackAsTheyWereGivenWhicheverWayTheyCameIn() {
        for (int n : new int[] {1, 50, 500}) {
            var given = jobs(n, KIND, 4);
            store.enqueue(given, false);
            store.enqueue(given, true);
            long worker = worker();
            var taken = claim(worker, 1000, false);
            assertThat(taken).hasSize(n);
            for (int i = 0; i < n; i++) {
                NewJob want = given.get(i);
                ClaimedJob got = taken.get(i);
                assertThat(got.id()).isEqualTo(want.id());
                assertThat(got.payload()).isEqualTo(want.payload());
                assertThat(got.retry()).isEqualTo(want.retry());
                assertThat(got.tags()).isEqualTo(want.tags());
                assertThat(got.createdAt()).isEqualTo(NOW);
                assertThat(got.kind()).isEqualTo("test.kind");
                assertThat(got.attempt()).isEqualTo(1);
                assertThat(got.maxAttempts()).isEqualTo(3);
            }
            assertThat(store.complete(taken.stream().map(j -> done(j, worker)).toList()))
                    .containsOnly(Recorded.RECORDED)
                    .hasSize(n);
            assertThat(store.complete(taken.stream().map(j -> done(j, worker)).toList()))
                    .containsOnly(Recorded.ALREADY);
            assertThat(store.find(taken.getFirst().id()).orElseThrow().state())
                    .isInstanceOf(JobState.Completed.class);
            assertThat(store.ended(taken.stream().map(ClaimedJob::id).toList())).hasSize(n);
            store.deregister(worker);
        }
        assertThat(store.workers()).isEmpty();
    }

    @Test
    void higherPrioritiesComeFirstThenFirstComeFirstServedAcrossKinds() {
        var ids = store.reserveIds(6);
        long f = ids.first();
        store.enqueue(
                List.of(
                        job(f, KIND, 1, null),
                        job(f + 1, OTHER, 5, null),
                        job(f + 2, KIND, 5, null),
                        job(f + 3, OTHER, 9, null),
                        job(f + 4, OTHER, 5, null),
                        job(f + 5, KIND, 0, null)),
                false);
        long worker = worker();
        assertThat(claim(worker, 4, false).stream().map(ClaimedJob::id))
                .containsExactly(f + 3, f + 1, f + 2, f + 4);
        assertThat(claim(worker, 4, false).stream().map(ClaimedJob::id)).containsExactly(f, f + 5);
        assertThat(claim(worker, 4, true)).isEmpty();
    }

    @Test
    void endingsOfEveryOutcomeAreRecordedTogether() {
        store.enqueue(jobs(6, KIND, 4), false);
        long worker = worker();
        var t = claim(worker, 10, false);
        var later = NOW.plusSeconds(60);
        var answers =
                store.complete(
                        List.of(
                                done(t.get(5), worker),
                                ending(
                                        t.get(0),
                                        worker,
                                        Attempt.End.FAILED,
                                        new Ending.Next.Again(later, 2, 0)),
                                ending(
                                        t.get(1),
                                        worker,
                                        Attempt.End.FAILED,
                                        new Ending.Next.Again(NOW, 2, 0)),
                                ending(
                                        t.get(2),
                                        worker,
                                        Attempt.End.DISCARDED,
                                        new Ending.Next.Discarded()),
                                ending(
                                        t.get(3),
                                        worker,
                                        Attempt.End.SNOOZED,
                                        new Ending.Next.Again(later, 1, 0))));
        assertThat(answers).containsOnly(Recorded.RECORDED);
        assertThat(state(t.get(0).id())).isEqualTo(new JobState.Scheduled(later, true));
        assertThat(state(t.get(1).id())).isEqualTo(new JobState.Available());
        assertThat(state(t.get(2).id())).isEqualTo(new JobState.Discarded(NOW.plusMillis(5)));
        assertThat(state(t.get(3).id())).isEqualTo(new JobState.Scheduled(later, false));
        assertThat(state(t.get(4).id())).isEqualTo(new JobState.Running(worker, NOW));
        var failed = store.find(t.get(0).id()).orElseThrow();
        assertThat(failed.attempt()).isEqualTo(2);
        assertThat(failed.attempts().getFirst().error()).isEqualTo(new ErrorInfo("E", "m\nn", "s"));

        var queue = store.queues().getFirst();
        assertThat(queue.available()).isEqualTo(1);
        assertThat(queue.scheduled()).isEqualTo(2);
        assertThat(queue.running()).isEqualTo(1);
        assertThat(queue.discarded()).isEqualTo(1);
        for (JobState.Name name : JobState.Name.values()) {
            var page = store.list(new JobFilter(name, "q", "test.kind", null), 1, null);
            var all = new ArrayList<>(page.items());
            while (page.next() != null) {
                page = store.list(new JobFilter(name, "q", null, null), 1, page.next());
                all.addAll(page.items());
            }
            assertThat(all).allMatch(j -> j.state().name() == name);
            assertThat(all)
                    .hasSize(
                            switch (name) {
                                case SCHEDULED -> 2;
                                case AVAILABLE, RUNNING, DISCARDED, COMPLETED -> 1;
                                case CANCELLED, EXPIRED -> 0;
                            });
        }
        assertThat(store.list(JobFilter.all(), 4, null).items()).hasSize(4);
        assertThat(store.list(new JobFilter(null, null, null, "b:c"), 10, null).items()).hasSize(2);

        assertThat(store.retry(t.stream().map(ClaimedJob::id).toList(), NOW))
                .containsEntry(t.get(0).id(), JobState.Name.SCHEDULED)
                .containsEntry(t.get(2).id(), JobState.Name.DISCARDED)
                .containsEntry(t.get(4).id(), JobState.Name.RUNNING)
                .containsEntry(t.get(5).id(), JobState.Name.COMPLETED);
        var again = claim(worker, 10, false);
        assertThat(again).hasSize(4);
        assertThat(store.giveBack(worker, again.stream().map(ClaimedJob::claim).toList()))
                .isEqualTo(4);
        assertThat(store.complete(again.stream().map(j -> done(j, worker)).toList()))
                .containsOnly(Recorded.LOST);
    }

    private JobState state(long id) {
        return store.find(id).orElseThrow().state();
    }

    @Test
    void dueJobsArePromotedEarliestFirst() {
        var made = new ArrayList<NewJob>();
        long first = store.reserveIds(300).first();
        for (int i = 0; i < 300; i++) {
            made.add(job(first + i, KIND, 4, NOW.plusSeconds(300 - i)));
        }
        store.enqueue(made.subList(0, 1), false);
        store.enqueue(made.subList(1, 50), false);
        store.enqueue(made.subList(50, 300), false);
        long worker = worker();
        assertThat(store.promote(NOW, 100).nextDue()).isEqualTo(NOW.plusSeconds(1));
        var step = store.promote(NOW.plusSeconds(20), 10);
        assertThat(step.promoted()).isEqualTo(10);
        assertThat(step.nextDue()).isEqualTo(NOW.plusSeconds(11));
        step = store.promote(NOW.plusSeconds(20), 100);
        assertThat(step.promoted()).isEqualTo(10);
        assertThat(step.nextDue()).isEqualTo(NOW.plusSeconds(21));
        assertThat(claim(worker, 100, false).stream().map(ClaimedJob::id).toList())
                .hasSize(20)
                .startsWith(first + 299, first + 298, first + 297);
    }

    @Test
    void aDeadWorkersJobsGoToOthersAndItsLateWritesAreRefused() {
        store.enqueue(jobs(5, KIND, 4), false);
        long dead = worker();
        long living = worker();
        var taken = claim(dead, 10, false);
        var seen = pulse(living, false).others().getFirst();
        assertThat(seen.workerId()).isEqualTo(dead);
        assertThat(seen.lock()).isEqualTo(PulseAnswer.Lock.HELD);
        pulse(dead, true);
        assertThat(store.rescue(dead, seen.beat(), 3, NOW).outcome())
                .isEqualTo(RescueAnswer.Outcome.ALIVE);
        long beat = pulse(living, false).others().getFirst().beat();
        assertThat(store.rescue(dead, beat, 3, NOW))
                .isEqualTo(new RescueAnswer(RescueAnswer.Outcome.MORE, 3, 0));
        assertThat(pulse(dead, true).alive()).isFalse();
        assertThat(store.complete(taken.stream().map(j -> done(j, dead)).toList()))
                .containsOnly(Recorded.LOST);
        assertThatThrownBy(() -> claim(dead, 1, true))
                .isInstanceOf(MillraceException.class)
                .extracting(e -> ((MillraceException) e).code())
                .isEqualTo(MillraceException.Code.WORKER_LOST);
        assertThat(store.rescue(dead, beat, 3, NOW))
                .isEqualTo(new RescueAnswer(RescueAnswer.Outcome.CLEARED, 2, 0));
        assertThat(store.rescue(dead, beat, 3, NOW).outcome())
                .isEqualTo(RescueAnswer.Outcome.CLEARED);
        assertThat(claim(living, 10, false)).hasSize(5).allMatch(j -> j.rescues() == 1);
    }

    @Test
    void aJobRescuedTwiceIsClaimedAloneAndOneRescuedTooOftenIsDiscarded() {
        store.enqueue(jobs(3, KIND, 4), false);
        for (int i = 0; i < 2; i++) {
            long worker = worker();
            assertThat(claim(worker, 10, false)).hasSize(3);
            var answer = store.rescue(worker, beat(worker), 10, NOW);
            assertThat(answer.returned()).isEqualTo(3);
        }
        for (int i = 0; i < 4; i++) {
            long worker = worker();
            for (int j = 0; j < 3; j++) {
                assertThat(claim(worker, 10, false)).hasSize(1);
            }
            var answer = store.rescue(worker, beat(worker), 10, NOW);
            assertThat(answer.discarded()).isEqualTo(i == 3 ? 3 : 0);
        }
        assertThat(store.queues().getFirst().discarded()).isEqualTo(3);
    }

    private long beat(long worker) {
        return pulse(0, false).others().stream()
                .filter(s -> s.workerId() == worker)
                .findFirst()
                .orElseThrow()
                .beat();
    }

    private PulseAnswer pulse(long worker, boolean beat) {
        return store.pulse(
                new Pulse(
                        worker,
                        beat,
                        0,
                        List.of(
                                new Pulse.Scope("q", Set.of(KIND, OTHER)),
                                new Pulse.Scope("none", Set.of(KIND))),
                        NOW));
    }

    @Test
    void aPulseTellsWhatIsNew() {
        long worker = worker();
        var quiet = pulse(worker, true);
        assertThat(quiet.alive()).isTrue();
        assertThat(quiet.queuesWithWork()).isEmpty();
        assertThat(quiet.nextDue()).isNull();
        long first = store.reserveIds(2).first();
        store.enqueue(
                List.of(job(first, KIND, 4, null), job(first + 1, KIND, 4, NOW.plusSeconds(9))),
                false);
        var busy = pulse(worker, false);
        assertThat(busy.queuesWithWork()).containsExactly("q");
        assertThat(busy.nextDue()).isEqualTo(NOW.plusSeconds(9));
        assertThat(claim(worker, 1, false)).hasSize(1);
        assertThat(pulse(worker, false).running()).isEqualTo(1);
        assertThat(store.held(worker, 0, 10)).hasSize(1);
    }

    @Test
    void idsAreNeverGivenTwice() throws Exception {
        var seen = java.util.concurrent.ConcurrentHashMap.<Long>newKeySet();
        try (var threads = Executors.newFixedThreadPool(6)) {
            for (int t = 0; t < 6; t++) {
                int seed = t;
                threads.submit(() -> {
                    for (int i = 0; i < 20; i++) {
                        int n = new int[] {1, 32, 33, 5000}[(i + seed) % 4];
                        var block = store.reserveIds(n);
                        for (long id = block.first(); id < block.first() + n; id++) {
                            if (!seen.add(id)) {
                                seen.add(-id);
                            }
                        }
                    }
                });
            }
        }
        assertThat(seen).hasSizeGreaterThan(100_000).noneMatch(id -> id < 0);
    }

    @Test
    void workersClaimingAtOnceNeverTakeAJobTwice() throws Exception {
        store.enqueue(jobs(2000, KIND, 4), false);
        store.enqueue(jobs(2000, OTHER, 4), false);
        var seen = java.util.concurrent.ConcurrentHashMap.<Long>newKeySet();
        var twice = new AtomicLong();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int t = 0; t < 4; t++) {
                threads.submit(() -> {
                    long worker = worker();
                    while (true) {
                        var taken = claim(worker, 50, false);
                        if (taken.isEmpty()) {
                            taken = claim(worker, 50, true);
                        }
                        if (taken.isEmpty()) {
                            return;
                        }
                        taken.forEach(j -> {
                            if (!seen.add(j.id())) {
                                twice.incrementAndGet();
                            }
                        });
                        store.complete(taken.stream().map(j -> done(j, worker)).toList());
                    }
                });
            }
        }
        assertThat(twice).hasValue(0);
        assertThat(seen).hasSize(4000);
    }

    @Test
    void aJobExistsOnlyIfTheCallersTransactionCommits() throws Exception {
        try (var connection = StoreUrl.parse(url).source().getConnection()) {
            assertThatThrownBy(() -> store.enqueue(connection, jobs(1, KIND, 4)))
                    .hasMessageContaining("auto-commit");
            connection.setAutoCommit(false);
            store.enqueue(connection, jobs(1, KIND, 4));
            store.enqueue(connection, jobs(300, KIND, 4));
            connection.rollback();
            store.enqueue(connection, jobs(2, KIND, 4));
            store.enqueue(connection, jobs(200, KIND, 4));
            connection.commit();
        }
        assertThat(claim(worker(), 1000, false)).hasSize(202);
    }

    @Test
    void otherProcessesHearOfWork() throws Exception {
        try (var other = PostgresStore.at(url)) {
            var heard = new CountDownLatch(1);
            var ready = new CountDownLatch(1);
            other.signals().onWork(ready::countDown);
            assertThat(ready.await(5, TimeUnit.SECONDS)).isTrue();
            other.signals().onWork(heard::countDown);
            store.enqueue(jobs(1, KIND, 4), false);
            assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aLockLostWithItsConnectionIsRetakenAndTheWorkerBeats() throws Exception {
        long worker = worker();
        long before = beat(worker);
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement =
                        connection.prepareStatement(
                                "select pg_terminate_backend(pid) from pg_locks"
                                        + " where locktype = 'advisory' and objsubid = 2"
                                        + " and classid::bigint = ? and objid::bigint = ?")) {
            statement.setInt(1, StoreUrl.parse(url).schema().livenessLocks());
            statement.setLong(2, worker);
            try (var row = statement.executeQuery()) {
                assertThat(row.next()).isTrue();
            }
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    var seen =
                            pulse(0, false).others().stream()
                                    .filter(s -> s.workerId() == worker)
                                    .findFirst()
                                    .orElseThrow();
                    return seen.lock() == PulseAnswer.Lock.HELD && seen.beat() > before + 1;
                });
    }

    @Test
    void aClosedStoresWorkersAreSeenWithoutALock() {
        long worker;
        try (var other = PostgresStore.at(url)) {
            worker = other.register(new WorkerInfo("gone", "1", Map.of(), NOW));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() ->
                        pulse(0, false).others().stream()
                                .anyMatch(s ->
                                        s.workerId() == worker
                                                && s.lock() == PulseAnswer.Lock.FREE));
    }

    @Test
    void aLiveWorkerWithoutItsLockSaysSoAtItsNextPulse() {
        long worker;
        try (var other = PostgresStore.at(url)) {
            worker = other.register(new WorkerInfo("lockless", "1", Map.of(), NOW));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> sighting(worker).lock() == PulseAnswer.Lock.FREE);
        long before = beat(worker);
        pulse(worker, false);
        assertThat(sighting(worker).lock()).isEqualTo(PulseAnswer.Lock.UNKNOWN);
        assertThat(beat(worker)).isGreaterThan(before);
    }

    private PulseAnswer.Sighting sighting(long worker) {
        return pulse(0, false).others().stream()
                .filter(s -> s.workerId() == worker)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPasswordIsNeverTold() {
        for (String url :
                List.of(
                        "postgresql://u:sekret/ss@h/db",
                        "postgresql://u:5432/sekret@h/db",
                        "postgresql://u:5432/se#kret@h/db",
                        "postgresql://u:se%kret@h/db")) {
            assertThatThrownBy(() -> StoreUrl.parse(url))
                    .hasMessageNotContaining("sekret")
                    .hasMessageNotContaining("kret@h");
        }
    }

    @Test
    void aBrokenRetryPolicyOfOneJobDoesNotHoldUpItsBatch() throws Exception {
        store.enqueue(jobs(4, KIND, 4), false);
        execute("update {schema}.job set retry = 'PT0S x', tags = '!,!,,'");
        long worker = worker();
        assertThat(claim(worker, 10, false)).hasSize(4).allMatch(j -> j.retry() == null);
    }

    private void execute(String text) throws Exception {
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(StoreUrl.parse(url).schema().in(text));
        }
    }

    @Test
    void youngJobsWithLowIdsDoNotHideOldOnes() throws Exception {
        store.enqueue(jobs(10, KIND, 4), false);
        long worker = worker();
        var taken = claim(worker, 10, false);
        store.complete(taken.stream().map(j -> done(j, worker)).toList());
        execute("update {schema}.job set created_at = now() + interval '9 h' where id % 2 = 1");
        execute(
                "update {schema}.history set ended_at = now() + interval '9 h' where job_id % 2 ="
                        + " 1");
        var after = NOW.plus(Duration.ofHours(1));
        for (long at = store.prune(after, 0, 2); at != 0; ) {
            at = store.prune(after, at, 2);
        }
        assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(5);
    }

    @Test
    void finishedJobsArePrunedAndLiveOnesStay() {
        store.enqueue(jobs(10, KIND, 4), false);
        long worker = worker();
        var taken = claim(worker, 5, false);
        store.complete(taken.stream().map(j -> done(j, worker)).toList());
        assertThat(store.prune(NOW, 0, 100)).isZero();
        assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(10);
        var after = NOW.plus(Duration.ofHours(1));
        long at = store.prune(after, 0, 3);
        assertThat(at).isPositive();
        assertThat(store.prune(after, at, 100)).isZero();
        assertThat(store.list(JobFilter.all(), 100, null).items()).hasSize(5);
        var left = new HashSet<JobState.Name>();
        store.list(JobFilter.all(), 100, null).items().forEach(j -> left.add(j.state().name()));
        assertThat(left).containsExactly(JobState.Name.AVAILABLE);
    }

    @Test
    void theSchemaIsAppliedOnceAndANewerOneIsRefused() throws Exception {
        var schema = PostgresStore.schema(url);
        assertThat(schema.installed()).isEqualTo(schema.known());
        assertThat(schema.pending()).isEmpty();
        assertThat(PostgresStore.schema(TestServer.freshUrl()).pending()).hasSize(1);
        assertThatThrownBy(() -> PostgresStore.at(TestServer.freshUrl(), false))
                .hasMessageContaining("millrace migrate");
        try (var connection = StoreUrl.parse(url).source().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    StoreUrl.parse(url)
                            .schema()
                            .in("insert into {schema}.migration values (99, 'future')"));
        }
        assertThatThrownBy(() -> PostgresStore.at(url)).hasMessageContaining("newer");
    }

    @Test
    void theStoreSaysWhatItIsWithoutItsPassword() {
        var info = store.info();
        assertThat(info.engine()).isEqualTo("postgres");
        assertThat(info.schemaVersion()).isEqualTo(1);
        assertThat(info.toString()).doesNotContain("postgres:postgres");
        assertThatThrownBy(() -> PostgresStore.at("postgresql://u:sekret@localhost:99999/x"))
                .hasMessageContaining("port")
                .hasMessageNotContaining("sekret");
    }
}
