package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.store.ClaimedJob;
import dev.millrace.store.Ending;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.NewJob;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Lists of ended jobs, which are read from their history. */
class ListsTest extends StoreTest {

    @Test
    void everyEndedJobIsListedOnceHoweverManyAttemptsItTook() {
        List<Long> completed = ids(700);
        long worker = worker();
        // two rows of history each, so that a look at 1,000 rows ends within a job
        end(worker, Attempt.End.FAILED, new Ending.Next.Again(NOW, 2, 0));
        end(worker, Attempt.End.COMPLETED, new Ending.Next.Finished());
        List<Long> cancelled = ids(3);
        store.cancel(cancelled, "unwanted", NOW);
        ids(5);
        for (int limit : new int[] {33, 999, 1000}) {
            assertThat(listed(JobState.Name.COMPLETED, limit)).isEqualTo(descending(completed));
            assertThat(listed(JobState.Name.CANCELLED, limit)).isEqualTo(descending(cancelled));
            assertThat(listed(JobState.Name.EXPIRED, limit)).isEmpty();
        }
    }

    @Test
    void aPageOfCompletedJobsIsFullHoweverManyOthersAreNewer() {
        List<Long> completed = ids(60);
        end(worker(), Attempt.End.COMPLETED, new Ending.Next.Finished());
        for (int i = 0; i < 3; i++) {
            ids(5_000);
        }
        var filter = new JobFilter(JobState.Name.COMPLETED, null, null, null);
        assertThat(store.list(filter, 50, null).items())
                .extracting(JobSnapshot::id)
                .isEqualTo(descending(completed).subList(0, 50));
    }

    private static List<Long> descending(List<Long> ids) {
        return ids.stream().sorted(Comparator.reverseOrder()).toList();
    }

    private List<Long> ids(int count) {
        List<NewJob> made = jobs(count, KIND, 4);
        store.enqueue(made, false);
        return made.stream().map(NewJob::id).toList();
    }

    private void end(long worker, Attempt.End end, Ending.Next next) {
        List<ClaimedJob> claimed = claim(worker, 1000, true);
        assertThat(claimed).hasSizeGreaterThan(50);
        store.complete(claimed.stream().map(job -> ending(job, worker, end, next)).toList());
    }

    private List<Long> listed(JobState.Name state, int limit) {
        var filter = new JobFilter(state, null, null, null);
        var ids = new ArrayList<Long>();
        @Nullable String next = null;
        do {
            JobPage page = store.list(filter, limit, next);
            page.items().forEach(job -> ids.add(job.id()));
            next = page.next();
        } while (next != null);
        return ids;
    }
}
