package dev.millrace.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.Millrace;
import dev.millrace.job.RawJson;
import dev.millrace.job.Task;
import dev.millrace.server.config.StoreAddress;
import dev.millrace.sqlite.SqliteStore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

class DemoPlaceTest {
    @TempDir Path directory;

    @Test
    void holdsOneDemoAtATime() throws Exception {
        try (var place = DemoPlace.take(url(), directory)) {
            assertThatThrownBy(() -> DemoPlace.take(url(), directory))
                    .hasMessageContaining("one demo at a time")
                    .hasMessageContaining("demo.db.demo-lock");
            place.open().close();
        }
        DemoPlace.take(url(), directory).close();
    }

    @Test
    void startsOverWithAnEmptyStore() throws Exception {
        try (var place = DemoPlace.take(url(), directory)) {
            place.startOver(); // nothing there yet
            enqueue(GradeSteps.QUEUES.getFirst());
            place.startOver();
            try (var store = place.open()) {
                assertThat(store.queues()).isEmpty();
            }
        }
    }

    @Test
    void neverDeletesAStoreWithOtherWork() throws Exception {
        try (var place = DemoPlace.take(url(), directory)) {
            enqueue("mail");
            assertThatThrownBy(place::startOver)
                    .hasMessageContaining("expects nothing in it but the demo, got the queues")
                    .hasMessageContaining("mail");
            try (var store = place.open()) {
                assertThat(store.queues()).hasSize(1);
            }
        }
    }

    @Test
    void aServerIsNotDeletedFrom() throws Exception {
        var server = StoreAddress.parse("postgresql://u:secret@h/d");
        try (var place = DemoPlace.take(server, directory)) {
            assertThatThrownBy(place::startOver)
                    .hasMessageContaining("schema")
                    .hasMessageNotContaining("secret");
        }
    }

    private void enqueue(String queue) throws InterruptedException {
        var task = Task.named("anything", RawJson.class).queue(queue);
        try (var millrace =
                Millrace.builder().store(SqliteStore.at(directory.resolve("demo.db"))).start()) {
            millrace.enqueue(task.with(new RawJson("{}")));
        }
    }

    private StoreAddress url() {
        return new StoreAddress.Sqlite(directory.resolve("demo.db"));
    }
}
