package dev.millrace.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.Attempt;
import dev.millrace.job.Handler;
import dev.millrace.job.JobContext;
import dev.millrace.job.JobState;
import dev.millrace.job.RetryPolicy;
import dev.millrace.job.Task;
import dev.millrace.job.Walk;
import dev.millrace.queue.JobHandle;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Handlers that write their effects in the transaction of their checkpoint or completion. */
@Timeout(120)
final class PostgresOwnTransactionTest {
    record Name(String text) {}

    private static final Task<Name> WORK =
            Task.named("work", Name.class)
                    .retry(
                            RetryPolicy.standard()
                                    .attempts(3)
                                    .backoff(Duration.ZERO, Duration.ZERO));

    private final String url = TestServer.freshUrl();
    private Millrace millrace;

    @BeforeEach
    void makeTable() throws SQLException {
        try (var connection = connection();
                var statement = connection.createStatement()) {
            statement.execute("create table " + table() + " (line text not null)");
            connection.commit();
        }
    }

    @AfterEach
    void close() throws SQLException {
        millrace.close();
        try (var connection = connection();
                var statement = connection.createStatement()) {
            statement.execute("drop table " + table());
            connection.commit();
        }
    }

    private String table() {
        return "public.effect_" + Integer.toHexString(url.hashCode());
    }

    private Connection connection() throws SQLException {
        var connection = StoreUrl.parse(url).source().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private void write(Connection connection, String line) throws SQLException {
        try (var insert = connection.prepareStatement("insert into " + table() + " values (?)")) {
            insert.setString(1, line);
            insert.executeUpdate();
        }
    }

    private List<String> written() throws SQLException {
        try (var connection = connection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select line from " + table() + " order by 1")) {
            var lines = new ArrayList<String>();
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
            return lines;
        }
    }

    private JobHandle run(Handler<Name> handler) throws InterruptedException {
        millrace = Millrace.builder().store(PostgresStore.at(url)).handle(WORK, handler).start();
        var job = millrace.enqueue(WORK.with(new Name("n")));
        assertThat(job.await(Duration.ofSeconds(60))).isPresent();
        return job;
    }

    private List<Attempt> attempts(JobHandle job) {
        return millrace.store().find(job.id()).orElseThrow().attempts();
    }

    @Test
    void anEffectAndTheCompletionHappenTogether() throws Exception {
        var job =
                run((name, context) -> {
                    context.progress(1, 1);
                    try (var connection = connection()) {
                        write(connection, "done in " + context.attempt());
                        context.completeIn(connection, "result");
                        connection.commit();
                    }
                    return "not looked at";
                });
        assertThat(written()).containsExactly("done in 1");
        var attempts = attempts(job);
        assertThat(attempts).hasSize(1);
        assertThat(attempts.getFirst().result()).isEqualTo("\"result\"");
        assertThat(Objects.requireNonNull(millrace.report(job.id()).progress()).done())
                .as("what was said before is written first")
                .isEqualTo(1);
        assertThat(millrace.refusedEndings()).isZero();
        assertThat(millrace.completedAttempts()).isEqualTo(1);
    }

    @Test
    void whatThrowsAfterTheCommitChangesNothing() throws Exception {
        var job =
                run((name, context) -> {
                    try (var connection = connection()) {
                        write(connection, "done");
                        context.completeIn(connection, null);
                        connection.commit();
                    }
                    throw new IOException("too late");
                });
        assertThat(written()).containsExactly("done");
        assertThat(attempts(job)).extracting(Attempt::end).containsExactly(Attempt.End.COMPLETED);
    }

    @Test
    void aHandlerThatRollsBackHasNeitherEffectNorCompletion() throws Exception {
        var job =
                run((name, context) -> {
                    try (var connection = connection()) {
                        write(connection, "attempt " + context.attempt());
                        context.completeIn(connection, null);
                        switch (context.attempt()) {
                            case 1 -> connection.rollback();
                            case 2 -> {
                                connection.rollback();
                                throw new IOException("cut");
                            }
                            default -> connection.commit();
                        }
                    }
                    return null;
                });
        assertThat(written()).containsExactly("attempt 3");
        var attempts = attempts(job);
        assertThat(attempts)
                .extracting(Attempt::end)
                .containsExactly(Attempt.End.FAILED, Attempt.End.FAILED, Attempt.End.COMPLETED);
        assertThat(Objects.requireNonNull(attempts.getFirst().error()).type())
                .isEqualTo("not-committed");
        assertThat(Objects.requireNonNull(attempts.get(1).error()).message()).isEqualTo("cut");
    }

    @Test
    void aCheckpointThatWasRolledBackIsNotBuiltUpon() throws Exception {
        var job =
                run((name, context) -> {
                    int from = context.lastCheckpoint(Integer.class).orElse(0);
                    if (context.attempt() == 1) {
                        context.checkpoint(1);
                        try (var connection = connection()) {
                            context.checkpoint(connection, 99);
                            connection.rollback();
                        }
                        throw new IOException("cut");
                    }
                    if (context.attempt() == 2) {
                        try (var connection = connection()) {
                            context.checkpoint(connection, from + 1);
                            connection.commit();
                        }
                        context.checkpoint(context.lastCheckpoint(Integer.class).orElseThrow() + 1);
                        throw new IOException("cut");
                    }
                    return from;
                });
        assertThat(attempts(job).getLast().result()).isEqualTo("3");
    }

    @Test
    void checkpointsOfOneTransactionAddUp() throws Exception {
        var pages =
                Walk.<Integer, Integer>named(
                        "pages", Integer.class, after -> new Walk.Page<>(List.of(1), null));
        var job =
                run((name, context) -> {
                    if (context.attempt() == 1) {
                        try (var connection = connection()) {
                            context.checkpoint(connection, 1);
                            context.checkpoint(connection, 2);
                            connection.commit();
                            context.checkpoint(connection, 3);
                            connection.rollback();
                        }
                        write(context.lastCheckpoint(Integer.class).orElseThrow() + " is left");
                    }
                    context.walk(
                            pages,
                            page -> {
                                try (var connection = connection()) {
                                    write(connection, "page in " + context.attempt());
                                    page.checkpoint(connection);
                                    context.checkpoint(connection, 4);
                                    connection.commit();
                                }
                            });
                    if (context.attempt() == 1) {
                        throw new IOException("cut");
                    }
                    return context.lastCheckpoint(Integer.class).orElseThrow();
                });
        assertThat(written()).containsExactly("2 is left", "page in 1");
        assertThat(attempts(job).getLast().result()).isEqualTo("4");
    }

    private void write(String line) throws SQLException {
        try (var connection = connection()) {
            write(connection, line);
            connection.commit();
        }
    }

    @Test
    void progressSaidAfterACheckpointDoesNotHoldUpTheCompletion() throws Exception {
        var job =
                run((name, context) -> {
                    try (var connection = connection()) {
                        context.checkpoint(connection, 1);
                        context.progress(1, 1);
                        context.completeIn(connection, "result");
                        connection.commit();
                    }
                    return null;
                });
        assertThat(attempts(job)).extracting(Attempt::end).containsExactly(Attempt.End.COMPLETED);
    }

    @Test
    void pagesAreWrittenOnceWhateverFailsBetween() throws Exception {
        Walk<Integer, Integer> pages =
                Walk.named(
                        "pages",
                        Integer.class,
                        after -> {
                            int page = after == null ? 1 : after;
                            return new Walk.Page<>(List.of(page), page == 5 ? null : page + 1);
                        });
        var failed = new AtomicBoolean();
        run((name, context) -> {
            context.walk(
                    pages,
                    page -> {
                        try (var connection = connection()) {
                            write(connection, "page " + page.number());
                            page.checkpoint(connection);
                            if (page.number() == 3 && !failed.get()) {
                                failed.set(true);
                                connection.rollback();
                                throw new IOException("before the commit");
                            }
                            connection.commit();
                        }
                        if (page.number() == 4 && context.attempt() == 2) {
                            throw new IOException("after the commit");
                        }
                    });
            return null;
        });
        assertThat(written()).containsExactly("page 1", "page 2", "page 3", "page 4", "page 5");
    }

    @Test
    void aTransactionThatStaysOpenHoldsUpNoOtherJobsReports() throws Exception {
        var open = new CountDownLatch(1);
        var others = new CountDownLatch(1);
        millrace =
                Millrace.builder()
                        .store(PostgresStore.at(url))
                        .handle(
                                WORK,
                                (name, context) -> {
                                    if (name.text().equals("other")) {
                                        open.await();
                                        context.checkpoint(1);
                                        others.countDown();
                                        return null;
                                    }
                                    try (var connection = connection()) {
                                        context.checkpoint(connection, 1);
                                        context.progress(1, 2);
                                        context.log("while it is open");
                                        open.countDown();
                                        others.await();
                                        connection.commit();
                                    }
                                    context.checkpoint(2);
                                    return context.lastCheckpoint(Integer.class).orElseThrow();
                                })
                        .start();
        var first = millrace.enqueue(WORK.with(new Name("first")));
        var other = millrace.enqueue(WORK.with(new Name("other")));
        assertThat(other.await(Duration.ofSeconds(60))).isPresent();
        assertThat(first.await(Duration.ofSeconds(60)).orElseThrow().as(Integer.class))
                .isEqualTo(2);
        var report = millrace.report(first.id());
        assertThat(Objects.requireNonNull(report.progress()).done()).isEqualTo(1);
        assertThat(report.log()).hasSize(1);
        assertThat(Objects.requireNonNull(report.checkpoint()).number()).isEqualTo(2);
    }

    @Test
    void aTransactionThatAHandlerLeavesOpenHoldsUpOnlyTheEndingOfItsOwnJob() throws Exception {
        var left = new ArrayBlockingQueue<Connection>(1);
        millrace =
                Millrace.builder()
                        .store(PostgresStore.at(url))
                        .handle(
                                WORK,
                                (name, context) -> {
                                    if (name.text().equals("leaves")) {
                                        var connection = connection();
                                        context.checkpoint(connection, 1);
                                        left.add(connection);
                                    }
                                    return name.text();
                                })
                        .start();
        var leaves = millrace.enqueue(WORK.with(new Name("leaves")));
        try (var connection = left.take()) {
            // enough that some share a batch with it
            var others = new ArrayList<JobHandle>();
            for (int i = 0; i < 50; i++) {
                others.add(millrace.enqueue(WORK.with(new Name("other"))));
            }
            for (JobHandle other : others) {
                assertThat(other.await(Duration.ofSeconds(60))).isPresent();
            }
            assertThat(millrace.store().find(leaves.id()).orElseThrow().state().name())
                    .isEqualTo(JobState.Name.RUNNING);
            connection.rollback();
        }
        assertThat(leaves.await(Duration.ofSeconds(60)).orElseThrow().as(String.class))
                .isEqualTo("leaves");
        assertThat(attempts(leaves)).hasSize(1);
    }

    @Test
    void aCheckpointBesideAnotherThreadsOpenTransactionIsBuiltUponWhatThatCommits()
            throws Exception {
        var pages =
                Walk.<Integer, Integer>named(
                        "pages", Integer.class, after -> new Walk.Page<>(List.of(1), null));
        var job =
                run((name, context) -> {
                    context.walk(
                            pages,
                            page -> {
                                Thread beside;
                                try (var connection = connection()) {
                                    write(connection, "page in " + context.attempt());
                                    page.checkpoint(connection);
                                    beside = keeping(context, 7);
                                    // it waits for the store, or for this transaction to end
                                    while (beside.getState() == Thread.State.RUNNABLE
                                            || beside.getState() == Thread.State.NEW) {
                                        Thread.onSpinWait();
                                    }
                                    connection.commit();
                                }
                                beside.join();
                            });
                    if (context.attempt() == 1) {
                        throw new IOException("cut");
                    }
                    return context.lastCheckpoint(Integer.class).orElse(0);
                });
        assertThat(written()).as("the page was kept").containsExactly("page in 1");
        assertThat(attempts(job).getLast().result()).as("so was the other").isEqualTo("7");
    }

    private static Thread keeping(JobContext context, int cursor) {
        return Thread.ofPlatform()
                .start(() -> {
                    try {
                        context.checkpoint(cursor);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    @Test
    void aCheckpointThatWasCommittedForgivesTheRescuesBeforeItWhenTheWorkerStops()
            throws Exception {
        var store = PostgresStore.at(url);
        long id;
        try (var web = Millrace.builder().store(store).start()) {
            id = web.enqueue(WORK.with(new Name("n"))).id();
        }
        String available = StoreUrl.parse(url).schema().name() + ".available";
        try (var connection = connection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("update " + available + " set rescues = 3"))
                    .isEqualTo(1);
            connection.commit();
        }
        var kept = new CountDownLatch(1);
        try (var worker =
                Millrace.builder()
                        .store(PostgresStore.at(url))
                        .drain(Duration.ofMillis(1))
                        .handle(
                                WORK,
                                (name, context) -> {
                                    try (var connection = connection()) {
                                        context.checkpoint(connection, 1);
                                        connection.commit();
                                    }
                                    kept.countDown();
                                    new CountDownLatch(1).await();
                                    return null;
                                })
                        .start()) {
            kept.await();
        }
        try (var connection = connection();
                var statement = connection.createStatement();
                var row = statement.executeQuery("select job_id, rescues from " + available)) {
            assertThat(row.next()).isTrue();
            assertThat(row.getLong(1)).isEqualTo(id);
            assertThat(row.getInt(2)).isZero();
        }
        millrace = Millrace.builder().store(PostgresStore.at(url)).start();
    }
}
