package dev.millrace.server.command;

import dev.millrace.admin.JobQuery;
import dev.millrace.admin.JobSearch;
import dev.millrace.job.JobReport;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.MillraceException;
import dev.millrace.server.output.Table;
import dev.millrace.store.JobPage;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueSnapshot;
import dev.millrace.web.job.JobView;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code jobs list}. */
@Command(
        name = "list",
        description = {
            "List jobs: available ones in the order in which they will run, scheduled ones by due"
                    + " time, all others newest first.",
            "What follows the last one is asked for with the --after that standard error names."
        })
final class JobsListCommand implements Callable<Integer> {
    private static final int MAX_LIMIT = 1_000_000;
    private static final int PAGE = 1_000;

    private final Session session;

    @Mixin private Filter filter = new Filter();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many, 1 to 1000000. Default: 100")
    private @Nullable Integer limit;

    @Option(
            names = "--after",
            paramLabel = "CURSOR",
            description = "Go on where an earlier list stopped.")
    private @Nullable String after;

    @Option(
            names = "--q",
            paramLabel = "SEARCH",
            description = {
                "A search: words such as queue:mail kind:mail.send state:discarded tag:spring"
                        + " key:tenant=acme payload.customer.id:17 payload:text, in quotes where"
                        + " they have blanks or colons.",
                "A word alone is a job's id or the unique key it holds."
            })
    private @Nullable String q;

    JobsListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        int wanted = limit == null ? 100 : limit;
        JobQuery query = JobQuery.parse(q == null ? "" : q).and(filter.filter());
        if (wanted < 1 || wanted > MAX_LIMIT) {
            throw MillraceException.invalid(
                    "--limit must be 1 to %d, got %d".formatted(MAX_LIMIT, wanted));
        }
        try (var store = session.openStore()) {
            var view = new JobView(session.clock().instant(), store.workers(), queues(store));
            var search = new JobSearch(store, session.clock());
            String cursor = after;
            int shown = 0;
            List<JobSnapshot> all = new ArrayList<>();
            do {
                JobPage page = search.page(query, Math.min(PAGE, wanted - shown), cursor);
                shown += page.items().size();
                cursor = page.next();
                if (session.json()) {
                    var knowing = view.knowing(store, page.items());
                    page.items().forEach(job -> session.print(knowing.json(job)));
                } else {
                    all.addAll(page.items());
                }
            } while (cursor != null && shown < wanted && !session.out().checkError());
            if (!session.json()) {
                print(all, view.knowing(store, all));
            }
            session.out().flush();
            if (cursor != null) {
                session.remark("more may follow: --after " + cursor);
            }
        }
        return Exit.DONE;
    }

    /** Only available jobs wait because of something set on their queue. */
    private List<QueueSnapshot> queues(JobStore store) {
        JobState.Name state = filter.state();
        return state == null || state == JobState.Name.AVAILABLE ? store.queues() : List.of();
    }

    private void print(List<JobSnapshot> jobs, JobView view) {
        if (jobs.isEmpty()) {
            session.remark("no such jobs");
            return;
        }
        var table =
                new Table("ID", "STATE", "KIND", "QUEUE", "PRIO", "ATTEMPT", "CREATED", "REMARK");
        for (JobSnapshot job : jobs) {
            var waiting = view.waiting(job, JobReport.NONE);
            Instant finished = JobView.finishedAt(job);
            table.row(
                    job.id(),
                    job.state().name().text(),
                    job.kind(),
                    job.queue(),
                    job.priority(),
                    job.attempt() + "/" + job.maxAttempts(),
                    seconds(job.createdAt()),
                    waiting != null
                            ? remark(waiting, job)
                            : finished == null ? "" : "ended " + seconds(finished));
        }
        table.print(session.out());
    }

    private static String remark(JobView.Waiting waiting, JobSnapshot job) {
        Instant runAt = JobView.runAt(job);
        return runAt == null ? waiting.reason() : waiting.reason() + " " + seconds(runAt);
    }

    private static String seconds(Instant moment) {
        return moment.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
