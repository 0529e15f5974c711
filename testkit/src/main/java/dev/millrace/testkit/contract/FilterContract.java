package dev.millrace.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.KindVersion;
import dev.millrace.job.MillraceException;
import dev.millrace.store.JobFilter;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Finding jobs by what their payload contains, and ids in place of jobs. */
interface FilterContract extends Contract {
    /** What payloads contain, and what is searched for; with signs that mean something in SQL. */
    List<String> TEXTS =
            List.of(
                    "Order-17",
                    "order-17",
                    "50%_x",
                    "50xyx",
                    "it's",
                    "a\\\\b",
                    "größe",
                    "日本",
                    "[a-z]*",
                    "😀");

    private void everything() {
        var b = bench();
        var worker = b.worker();
        for (var queue : List.of("q", "r")) {
            for (var kind : List.of(Bench.WORK, new KindVersion("other", 1))) {
                var draft = b.job().in(queue).of(kind).tagged("both", queue + kind.kind());
                for (int i = 0; i < 20; i++) {
                    var text = TEXTS.get(i % TEXTS.size());
                    b.enqueue(draft.at(i % 10).with("{\"n\":\"" + text + "\"}"));
                }
                b.enqueue(draft.due(b.now().plusSeconds(600)).with("{\"n\":\"Order-17\"}"));
                var jobs = worker.claim(queue, Set.of(kind), 8);
                worker.complete(jobs.get(0));
                worker.report(worker.ends(jobs.get(1)).skipped("no"));
                worker.report(worker.ends(jobs.get(2)).discarded("no"));
                worker.fail(jobs.get(3), Duration.ofHours(1));
                worker.complete(jobs.get(4));
                worker.giveBack(jobs.get(5));
            }
        }
        var waiting = new JobFilter(JobState.Name.AVAILABLE, "q", "work", null);
        b.store().cancel(ids(waiting, 3).subList(0, 4), "no", b.tick());
    }

    private List<JobSnapshot> listed(JobFilter filter, int limit) {
        var jobs = new ArrayList<JobSnapshot>();
        String cursor = null;
        for (int pages = 0; pages < 1000; pages++) {
            var page = bench().store().list(filter, limit, cursor);
            assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
            jobs.addAll(page.items());
            cursor = page.next();
            if (cursor == null) {
                return jobs;
            }
        }
        throw new AssertionError("the list did not come to an end: " + filter);
    }

    private List<Long> ids(JobFilter filter, int limit) {
        var ids = new ArrayList<Long>();
        String cursor = null;
        for (int pages = 0; pages < 1000; pages++) {
            var page = bench().store().ids(filter, limit, cursor);
            assertThat(page.ids()).hasSizeLessThanOrEqualTo(limit);
            ids.addAll(page.ids());
            cursor = page.next();
            if (cursor == null) {
                return ids;
            }
        }
        throw new AssertionError("the ids did not come to an end: " + filter);
    }

    private static boolean matches(JobFilter filter, JobSnapshot job) {
        return (filter.state() == null || filter.state() == job.state().name())
                && (filter.queue() == null || filter.queue().equals(job.queue()))
                && (filter.kind() == null || filter.kind().equals(job.kind()))
                && filter.fits(job.payload(), job.tags(), job.terms());
    }

    private static List<@Nullable String> orNone(String... values) {
        var all = new ArrayList<@Nullable String>(Arrays.asList(values));
        all.addFirst(null);
        return all;
    }

    @Test
    default void idsAreThoseOfTheListInTheSameOrderByEveryFilter() {
        everything();
        var all = listed(JobFilter.all(), 1000);
        var states = new ArrayList<JobState.@Nullable Name>(List.of(JobState.Name.values()));
        states.addFirst(null);
        for (var state : states) {
            for (var queue : orNone("q", "none")) {
                for (var kind : orNone("work", "none")) {
                    for (var tag : orNone("both", "rother", "none")) {
                        for (var text : orNone("Order-17", "50%_x", "nowhere")) {
                            compare(new JobFilter(state, queue, kind, tag, text), all);
                        }
                    }
                }
            }
        }
    }

    private void compare(JobFilter filter, List<JobSnapshot> all) {
        var listed = listed(filter, 1000).stream().map(JobSnapshot::id).toList();
        assertThat(listed)
                .as("%s", filter)
                .containsExactlyInAnyOrderElementsOf(
                        all.stream()
                                .filter(job -> matches(filter, job))
                                .map(JobSnapshot::id)
                                .toList());
        assertThat(ids(filter, 1000)).as("ids, %s", filter).isEqualTo(listed);
    }

    @Test
    default void smallPagesOfIdsAndJobsAreTheSameWhole() {
        everything();
        for (var state :
                new JobState.Name[] {null, JobState.Name.AVAILABLE, JobState.Name.COMPLETED}) {
            for (var text : orNone("Order-17")) {
                var filter = new JobFilter(state, null, null, null, text);
                var whole = ids(filter, 1000);
                assertThat(whole).doesNotHaveDuplicates();
                assertThat(whole.isEmpty())
                        .as("%s", filter)
                        .isEqualTo(text != null && state == JobState.Name.COMPLETED);
                for (int limit : new int[] {1, 3, 7}) {
                    assertThat(ids(filter, limit)).isEqualTo(whole);
                    assertThat(listed(filter, limit).stream().map(JobSnapshot::id).toList())
                            .isEqualTo(whole);
                }
            }
        }
    }

    @Test
    default void textIsFoundAsItIsWrittenWhateverItsSigns() {
        everything();
        var all = listed(JobFilter.all(), 1000);
        for (var text : TEXTS) {
            var found = listed(new JobFilter(null, null, null, null, text), 1000);
            assertThat(found).as("jobs with %s", text).isNotEmpty();
            assertThat(found.stream().map(JobSnapshot::id).collect(Collectors.toSet()))
                    .as("jobs with %s", text)
                    .isEqualTo(
                            all.stream()
                                    .filter(job -> job.payload().contains(text))
                                    .map(JobSnapshot::id)
                                    .collect(Collectors.toSet()));
        }
        for (var nowhere :
                List.of("%", "_", "Order-17%", "ORDER-17", "\\d", "'; drop table job; --")) {
            var filter = new JobFilter(null, null, null, null, nowhere);
            assertThat(ids(filter, 1000))
                    .as("jobs with %s", nowhere)
                    .hasSameSizeAs(
                            all.stream().filter(job -> job.payload().contains(nowhere)).toList());
        }
    }

    @Test
    default void idsOfAvailableJobsComeInTheOrderInWhichTheyWillRun() {
        var b = bench();
        for (int i : List.of(4, 9, 0, 4, 5, 9, 4)) {
            b.enqueue(b.job().at(i));
        }
        assertThat(ids(new JobFilter(JobState.Name.AVAILABLE, "q", null, null), 3))
                .isEqualTo(Bench.ids(b.worker().claim(100)));
    }

    @Test
    default void anEmptyStoreHasOneEmptyPageOfIds() {
        var page = bench().store().ids(JobFilter.all(), 10, null);
        assertThat(page.ids()).isEmpty();
        assertThat(page.next()).isNull();
    }

    @Test
    default void limitsAndCursorsOfIdsAreCheckedAsThoseOfLists() {
        bench().enqueue(5, bench().job());
        for (int bad : new int[] {0, -1, 1001}) {
            refused(bad, null);
        }
        for (var cursor : List.of("", "nonsense", "'; drop table job; --")) {
            refused(10, cursor);
        }
        var next = bench().store().ids(JobFilter.all(), 2, null).next();
        assertThat(bench().store().ids(JobFilter.all(), 2, Objects.requireNonNull(next)).ids())
                .hasSize(2);
    }

    private void refused(int limit, @Nullable String cursor) {
        assertThatExceptionOfType(MillraceException.class)
                .as("limit %d, cursor '%s'", limit, cursor)
                .isThrownBy(() -> bench().store().ids(JobFilter.all(), limit, cursor))
                .extracting(MillraceException::code)
                .isEqualTo(MillraceException.Code.INVALID_INPUT);
    }
}
