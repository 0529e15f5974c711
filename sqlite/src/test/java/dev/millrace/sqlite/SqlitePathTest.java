package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.store.NewJob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Names that mean something to the driver or the engine are names like any other. */
class SqlitePathTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain.db",
                "with space.db",
                "what?mode=memory",
                "a?journal_mode=DELETE&synchronous=OFF",
                "a#b.db",
                "100%.db",
                "%41.db",
                "file:jobs.db",
                "file:x?mode=ro",
                ":memory:",
                ":resource:x",
                "a;b'c\"d.db",
                "a+b&c=d.db",
                "trailing "
            })
    void aStoreStandsInTheFileOfThatName(String name) {
        opens(directory.resolve(name));
        opens(directory.resolve(name + ".d").resolve(name));
    }

    @Test
    void aNameInAnyScriptIsKept() {
        var name = "Aufträge-仕事-😀.db";
        if (Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode(name)) {
            opens(directory.resolve(name));
        } else {
            assertThatExceptionOfType(InvalidPathException.class)
                    .isThrownBy(() -> directory.resolve(name));
        }
    }

    private static void opens(Path file) {
        try (var store = SqliteStore.at(file)) {
            var job = new NewJob(1, "q", "k", 1, 4, "{}", 10, null, List.of(), NOW, null);
            store.enqueue(List.of(job), false);
            assertThat(store.info().facts()).containsEntry("journal", "wal");
            assertThat(store.info().durability()).isEqualTo("disk");
            assertThat(file).isRegularFile();
            assertThat(Database.at(file).log()).exists();
        }
        assertThat(Files.exists(Database.at(file).log())).isFalse();
        try (var store = SqliteStore.withoutMigration(file)) {
            assertThat(store.find(1)).isPresent();
        }
    }
}
