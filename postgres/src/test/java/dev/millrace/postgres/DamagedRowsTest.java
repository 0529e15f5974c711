package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Rows damaged by hand are set aside where a person sees them, and stand in nobody's way. */
class DamagedRowsTest extends StoreTest {
    private static final Map<String, List<String>> DAMAGES =
            Map.of(
                    "payload", List.of("''", "'  '", "'<xml/>'", "E'\\\\x01'"),
                    "tags", List.of("'!'", "','", "'a,,b'", "repeat('x', 5000)"),
                    "retry",
                            List.of(
                                    "'PT0S x'",
                                    "'PT1S 2 PT1H'",
                                    "'a b c d'",
                                    "'PT1S -1 PT1S true'"),
                    "max_attempts", List.of("0", "-1"));

    private void damage(String column, String value, List<Long> ids) throws Exception {
        String places = ids.toString().replace('[', '(').replace(']', ')');
        execute("update {schema}.job set %s = %s where id in %s".formatted(column, value, places));
    }

    private static List<Long> ids(List<ClaimedJob> jobs) {
        return jobs.stream().map(ClaimedJob::id).toList();
    }

    private void assertSetAside(long id, String column) {
        var job = store.find(id).orElseThrow();
        assertThat(job.state()).isInstanceOf(JobState.Discarded.class);
        assertThat(job.attempts()).hasSize(1);
        var attempt = job.attempts().getFirst();
        assertThat(attempt.end()).isEqualTo(Attempt.End.DISCARDED);
        var error = Objects.requireNonNull(attempt.error(), "why it was discarded");
        assertThat(error.type()).isEqualTo("unreadable");
        assertThat(error.message()).startsWith(column + " must be ").contains("damaged");
    }

    @Test
    void aDamagedRowIsDiscardedAndItsNeighboursAreClaimed() throws Exception {
        long worker = worker();
        for (var damages : DAMAGES.entrySet()) {
            for (String value : damages.getValue()) {
                var jobs = jobs(4, KIND, 4);
                store.enqueue(jobs, false);
                long broken = jobs.get(1).id();
                damage(damages.getKey(), value, List.of(broken));
                assertThat(ids(claim(worker, 10, false)))
                        .as("%s = %s", damages.getKey(), value)
                        .containsExactly(jobs.get(0).id(), jobs.get(2).id(), jobs.get(3).id());
                assertSetAside(broken, damages.getKey());
            }
        }
    }

    @Test
    void manyDamagedRowsInARowDoNotHideTheOneBehindThem() throws Exception {
        var jobs = jobs(30, KIND, 4);
        store.enqueue(jobs, false);
        var broken = jobs.subList(0, 29).stream().map(job -> job.id()).toList();
        damage("retry", "'?'", broken);
        long worker = worker();
        assertThat(ids(claim(worker, 10, false))).containsExactly(jobs.getLast().id());
        broken.forEach(id -> assertSetAside(id, "retry"));
        assertThat(store.held(worker, 0, 100)).hasSize(1);
    }

    @Test
    void severalKindsAreMergedPastDamagedRows() throws Exception {
        var some = jobs(3, KIND, 4);
        var others = jobs(3, OTHER, 4);
        store.enqueue(some, false);
        store.enqueue(others, false);
        damage("payload", "'!'", some.stream().map(job -> job.id()).toList());
        assertThat(ids(claim(worker(), 3, false)))
                .isEqualTo(others.stream().map(job -> job.id()).toList());
    }

    @Test
    void aMendedRowRunsWhenItIsRetried() throws Exception {
        var jobs = jobs(1, KIND, 4);
        store.enqueue(jobs, false);
        var ids = List.of(jobs.getFirst().id());
        damage("retry", "'?'", ids);
        long worker = worker();
        assertThat(claim(worker, 10, false)).isEmpty();
        damage("retry", "''", ids);
        assertThat(store.retry(ids, NOW)).containsValue(JobState.Name.DISCARDED);
        assertThat(ids(claim(worker, 10, true))).isEqualTo(ids);
    }
}
