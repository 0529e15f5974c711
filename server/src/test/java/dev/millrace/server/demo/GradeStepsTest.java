package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.Millrace;
import dev.millrace.job.JobSnapshot;
import dev.millrace.job.JobState;
import dev.millrace.job.Json;
import dev.millrace.sqlite.SqliteStore;
import dev.millrace.store.JobStore;
import dev.millrace.store.QueueLimits;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class GradeStepsTest {
    private static final GradeSteps.Listed LISTED = new GradeSteps.Listed(7, "g++", "devel");

    @TempDir Path directory;

    @Test
    void aPageIsKeptWithAllThatItsGradeDependsOn() {
        var page =
                new Page(
                        URI.create("https://a.org/x"),
                        200,
                        Map.of(
                                "content-type", List.of("text/html; charset=latin1"),
                                "server", List.of("unheard of")),
                        Bytes.copyOf("caf\u00e9 \0".getBytes(StandardCharsets.ISO_8859_1)),
                        true,
                        Duration.ofMillis(70));
        var again = Fetched.of(URI.create("http://a.org"), page).page();
        assertThat(again.body()).isEqualTo(page.body());
        assertThat(again.headers()).containsOnlyKeys("content-type");
        assertThat(again.at(URI.create("https://a.org/x")).elapsed()).isEqualTo(page.elapsed());
        assertThat(again.truncated()).isTrue();
    }

    @Test
    void aPackageGoesThroughEveryStepInTheLaneOfItsHost() throws Exception {
        var store = SqliteStore.at(directory.resolve("demo.db"));
        try (var web = FlakyWeb.start(1, 0, Map.of(LISTED.key(), "https://gcc.gnu.org/"));
                var fetcher = new PageFetcher(Duration.ofSeconds(2))) {
            var source = new GradeSteps.Source(web, fetcher);
            var pipeline = new GradeSteps(() -> source, Clock.systemUTC()).pipeline(2);
            try (var millrace = Millrace.builder().store(store).pipeline(pipeline).start()) {
                var items = new DemoItems(store, new Json());
                millrace.submit(pipeline, LISTED);
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !items.isOpen());
                check(store, items.visits(items.byKey().get("g__:7")));
            }
        }
    }

    private static void check(JobStore store, List<JobSnapshot> visits) {
        assertThat(visits)
                .extracting(job -> job.kind() + " " + job.state().name())
                .containsExactlyElementsOf(
                        GradeSteps.QUEUES.stream()
                                .map(kind -> kind + " " + JobState.Name.COMPLETED)
                                .toList());
        assertThat(visits.get(2).terms().keys()).containsEntry("host", "gcc.gnu.org");
        assertThat(store.limits().limits().getOrDefault("grade.fetch", QueueLimits.NONE))
                .isEqualTo(QueueLimits.NONE.withKey("host", GradeSteps.LANE));
    }
}
