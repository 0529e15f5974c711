package dev.millrace.server.demo;

import dev.millrace.job.JobSnapshot;
import dev.millrace.job.Json;
import dev.millrace.store.JobFilter;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The demo's jobs as the store has them: the one truth about what was enqueued and what ended.
 * Nothing is noted beside it, so that there is nothing a kill could leave in disagreement.
 */
final class DemoJobs {
    private static final int PAGE = 1_000;

    private final JobStore store;
    private final Json json;

    DemoJobs(JobStore store, Json json) {
        this.store = store;
        this.json = json;
    }

    /**
     * The lines of all rows that are jobs already, ended or not. Right while nobody else enqueues.
     * Cost: a round trip for each thousand jobs of the demo.
     */
    Set<Long> enqueuedLines() {
        var lines = new HashSet<Long>();
        all().forEach(job -> lines.add(payload(job).line()));
        return lines;
    }

    /** All jobs, without their attempts. Cost: a round trip for each thousand. */
    List<JobSnapshot> all() {
        var filter = new JobFilter(null, GradeJob.QUEUE, GradeJob.TASK.kind(), null);
        var jobs = new ArrayList<JobSnapshot>();
        @Nullable String cursor = null;
        do {
            JobPage page = store.list(filter, PAGE, cursor);
            jobs.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        return jobs;
    }

    /** What a job was to do. */
    GradeJob payload(JobSnapshot job) {
        return json.read("payload of job " + job.id(), job.payload(), GradeJob.class);
    }

    /** What came of it. */
    GradeJob.Graded result(JobSnapshot job, String text) {
        return json.read("result of job " + job.id(), text, GradeJob.Graded.class);
    }

    /** The job with its attempts. One round trip. */
    JobSnapshot withAttempts(JobSnapshot job) {
        return store.find(job.id())
                .orElseThrow(() ->
                        new IllegalStateException(
                                "expected job %d to stay in the store, got nothing"
                                        .formatted(job.id())));
    }

    /** How many jobs stand where. One round trip, exact up to 10,000. */
    QueueSnapshot counts() {
        return store.queues().stream()
                .filter(queue -> queue.queue().equals(GradeJob.QUEUE))
                .findFirst()
                .orElse(new QueueSnapshot(GradeJob.QUEUE, 0, 0, 0, 0, null));
    }
}
