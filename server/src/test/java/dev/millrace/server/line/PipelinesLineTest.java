package dev.millrace.server.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.flow.Pipeline;
import dev.millrace.flow.StepAnswer;
import dev.millrace.job.Task;
import dev.millrace.queue.BatchCallback;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.BatchState;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Batches and pipelines on the command line. */
@Timeout(180)
class PipelinesLineTest {
    private static final Pipeline<String> GRADE =
            Pipeline.named("grade", String.class)
                    .key(name -> name)
                    .step("find", String.class, (name, job) -> StepAnswer.next(name + ".example"))
                    .step(
                            "mark",
                            Integer.class,
                            (site, job) ->
                                    site.startsWith("bad")
                                            ? StepAnswer.reject("no such site")
                                            : StepAnswer.next(site.length()))
                    .build();

    @TempDir Path directory;
    private Shell shell;

    @BeforeEach
    void makeShell() {
        shell = new Shell("sqlite:" + directory.resolve("jobs.db"));
    }

    private Millrace start() {
        return Millrace.builder()
                .store(SqliteStore.at(directory.resolve("jobs.db")))
                .pipeline(GRADE)
                .start();
    }

    private static void awaitEnd(Millrace millrace, String key) {
        while (!millrace.store()
                .batches()
                .item("grade", key)
                .map(item -> item.state().isEnded())
                .orElse(false)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void pipelinesAndTheWayOfAnItemAreShownAndAStepIsRetried() throws Exception {
        assertThat(shell.run("pipelines", "list").err()).contains("has run a pipeline yet");
        try (var millrace = start()) {
            millrace.submit(GRADE, "acme");
            millrace.submit(GRADE, "bad");
            awaitEnd(millrace, "acme");
            awaitEnd(millrace, "bad");
            while (millrace.pipelines().plans().isEmpty()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        assertThat(shell.run("pipelines", "list").out())
                .contains("grade     find  grade.find")
                .contains("grade     mark  grade.mark");
        assertThat(shell.run("pipelines", "show", "grade", "--json").out())
                .contains("\"name\":\"mark\",\"kind\":\"grade.mark\"")
                .contains("\"failed\":1");
        assertThat(shell.run("pipelines", "show", "other").code()).isEqualTo(1);
        assertThat(shell.run("pipelines", "item", "grade", "acme").out())
                .contains("\"acme.example\"", "completed", "12");
        assertThat(shell.run("pipelines", "item", "grade", "bad", "--json").out())
                .contains("\"state\":\"failed\"", "no such site");
        assertThat(shell.run("pipelines", "item", "grade", "none").code()).isEqualTo(1);
        assertThat(shell.run("pipelines", "retry", "grade", "--step=mark", "--reason=other").out())
                .contains("0 of 1 items run again");
        assertThat(shell.run("pipelines", "retry", "grade", "--step=mark").out())
                .contains("1 of 1 items run again");
        assertThat(shell.run("pipelines", "retry", "grade", "--step=walk").err())
                .contains("[find, mark]", "'walk'");
    }

    @Test
    void batchesAreListedShownAndCancelled() throws Exception {
        assertThat(shell.run("batches", "list").err()).contains("no such batch");
        Task<String> work = Task.named("work", String.class);
        long id;
        try (var web =
                Millrace.builder().store(SqliteStore.at(directory.resolve("jobs.db"))).start()) {
            id =
                    web.batch(
                                    "import",
                                    batch -> batch.add(work.with("a")),
                                    BatchCallback.onDone(work.with("done")))
                            .id();
        }
        assertThat(shell.run("batches", "list", "--state=waiting").out()).contains("import");
        assertThat(shell.run("batches", "list", "--state=failed").err()).contains("no such batch");
        assertThat(shell.run("batches", "list", "--limit=0").err()).contains("1 to 1000, got 0");
        assertThat(shell.run("batches", "list", "--state=odd").err())
                .contains("expected one of filling, waiting, completed");
        assertThat(shell.run("batches", "show", "" + id, "--json").out())
                .contains("\"name\":\"import\"", "\"state\":\"waiting\"", "\"open\":1");
        assertThat(shell.run("batches", "cancel", "" + id).out()).contains("is being cancelled");
        try (var millrace = start()) {
            while (millrace.batch(id).look().orElseThrow().state() != BatchState.CANCELLED) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        assertThat(shell.run("batches", "cancel", "" + id).out()).contains("had ended: cancelled");
        assertThat(shell.run("batches", "show", "4711").code()).isEqualTo(1);
    }
}
