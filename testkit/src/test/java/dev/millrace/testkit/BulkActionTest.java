package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.admin.BulkAction;
import dev.millrace.admin.BulkAction.Kind;
import dev.millrace.admin.BulkAction.Phase;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobIdPage;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;

class BulkActionTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final JobFilter MAIL = new JobFilter(null, "mail", null, null);

    private final FakeClock clock = new FakeClock();

    private static List<Long> enqueue(MemoryStore store, String queue, int count) {
        long first = store.reserveIds(count).first();
        var jobs = new ArrayList<NewJob>();
        for (int i = 0; i < count; i++) {
            Instant runAt = i % 3 == 0 ? NOW.plusSeconds(60 + i) : null;
            jobs.add(
                    new NewJob(
                            first + i, queue, "work", 1, i % 10, "{}", 3, null, List.of(), NOW,
                            runAt));
        }
        store.enqueue(jobs, false);
        return jobs.stream().map(NewJob::id).toList();
    }

    private BulkAction action(MemoryStore store, Kind kind, JobFilter filter) {
        return new BulkAction(store, clock, new Random(1), kind, filter, "not wanted");
    }

    @Test
    void everyJobThatMatchesIsCancelledAndNoOther() throws InterruptedException {
        var store = new MemoryStore();
        var mails = enqueue(store, "mail", 1_700);
        var others = enqueue(store, "other", 20);
        var action = action(store, Kind.CANCEL, MAIL);
        var preview = action.preview(10_000);
        assertThat(preview.matching()).isEqualTo(1_700);
        assertThat(preview.isAtLeast()).isFalse();
        assertThat(preview.examples()).isEqualTo(action.preview(1).examples());
        var progress = action.run();
        assertThat(progress).isEqualTo(new BulkAction.Progress(Phase.DONE, 1_700, 1_700, null));
        assertThat(mails).allMatch(id -> isIn(store, id, JobState.Name.CANCELLED));
        assertThat(others).noneMatch(id -> isIn(store, id, JobState.Name.CANCELLED));
        assertThat(action(store, Kind.DELETE, MAIL).run().done()).isEqualTo(1_700);
        assertThat(mails).allMatch(id -> store.find(id).isEmpty());
    }

    @Test
    void aPreviewStopsCountingAtItsBound() {
        var store = new MemoryStore();
        enqueue(store, "mail", 5_000);
        var preview = action(store, Kind.CANCEL, MAIL).preview(1_500);
        assertThat(preview.isAtLeast()).isTrue();
        assertThat(preview.matching()).isBetween(1_500L, 2_500L);
        assertThat(preview.examples()).hasSize(10);
    }

    /** Nothing matches, so only what it looks at can end it. */
    private static final JobFilter NOTHING =
            new JobFilter(JobState.Name.AVAILABLE, null, null, "none");

    /** A store of jobs without end, of which each page looks at ten thousand. */
    private static MemoryStore endless(Runnable afterEach) {
        return new MemoryStore() {
            @Override
            public JobIdPage ids(JobFilter filter, int limit, @Nullable String cursor) {
                afterEach.run();
                return new JobIdPage(List.of(), "more", 10_000);
            }
        };
    }

    @Test
    void aPreviewThatFindsNothingLooksAtABoundedNumberOfJobs() {
        var preview = action(endless(() -> {}), Kind.CANCEL, NOTHING).preview(10_000);
        assertThat(preview)
                .isEqualTo(new BulkAction.Preview(0, true, List.of(), BulkAction.MOST_PREVIEWED));
    }

    @Test
    void aPreviewEndsWhenItsTimeIsOver() {
        var store =
                endless(() -> clock.advance(BulkAction.PREVIEWED_FOR.dividedBy(2).plusMillis(1)));
        assertThat(action(store, Kind.CANCEL, NOTHING).preview(10_000).looked()).isEqualTo(20_000);
    }

    @Test
    void aPreviewThatNobodyWaitsForAnyMoreEnds() {
        var actions = new ArrayList<BulkAction>();
        var store = endless(() -> actions.forEach(BulkAction::cancel));
        actions.add(action(store, Kind.CANCEL, NOTHING));
        assertThat(actions.getFirst().preview(10_000).looked()).isEqualTo(10_000);
    }

    @Test
    void jobsAcceptedAfterItBeganAreLeftAlone() throws InterruptedException {
        var store =
                new MemoryStore() {
                    private boolean more = true;

                    @Override
                    public Map<Long, JobState.Name> cancel(
                            Collection<Long> ids, String reason, Instant now) {
                        if (more) {
                            more = false;
                            BulkActionTest.enqueue(this, "mail", 30);
                        }
                        return super.cancel(ids, reason, now);
                    }
                };
        enqueue(store, "mail", 1_200);
        assertThat(action(store, Kind.CANCEL, MAIL).run().done()).isEqualTo(1_200);
        assertThat(
                        store.ids(
                                        new JobFilter(JobState.Name.AVAILABLE, "mail", null, null),
                                        99,
                                        null)
                                .ids())
                .hasSize(20);
    }

    @Test
    void cancellingItLeavesTheRestAndItCanBeDoneAgain() throws InterruptedException {
        var stopping = new ArrayList<BulkAction>();
        var store =
                new MemoryStore() {
                    @Override
                    public Map<Long, JobState.Name> cancel(
                            Collection<Long> ids, String reason, Instant now) {
                        stopping.forEach(BulkAction::cancel);
                        return super.cancel(ids, reason, now);
                    }
                };
        enqueue(store, "mail", 3_000);
        var action = action(store, Kind.CANCEL, MAIL);
        stopping.add(action);
        assertThat(action.run())
                .isEqualTo(
                        new BulkAction.Progress(
                                Phase.CANCELLED, BulkAction.STEP, BulkAction.STEP, null));
        stopping.clear();
        assertThat(action(store, Kind.CANCEL, MAIL).run().done())
                .isEqualTo(3_000 - BulkAction.STEP);
    }

    @Test
    void aStoreThatRefusesEndsItWithTheReason() throws InterruptedException {
        var store =
                new MemoryStore() {
                    @Override
                    public Map<Long, JobState.Name> cancel(
                            Collection<Long> ids, String reason, Instant now) {
                        throw new MillraceException(
                                MillraceException.Code.STORE_REFUSED, "read-only");
                    }
                };
        enqueue(store, "mail", 10);
        var progress = action(store, Kind.CANCEL, MAIL).run();
        assertThat(progress.phase()).isEqualTo(Phase.FAILED);
        assertThat(progress.failure()).isEqualTo("read-only");
    }

    @Test
    void aStateInWhichItDoesNothingIsRefused() {
        var filter = new JobFilter(JobState.Name.COMPLETED, null, null, null);
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> action(new MemoryStore(), Kind.CANCEL, filter))
                .withMessageContaining("cancel acts on jobs that are available or scheduled or")
                .withMessageContaining("got state completed");
    }

    private static boolean isIn(MemoryStore store, long id, JobState.Name state) {
        return store.find(id).orElseThrow().state().name() == state;
    }
}
