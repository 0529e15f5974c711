package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.millrace.job.MillraceException;
import dev.millrace.job.MillraceException.Code;
import dev.millrace.store.NewJob;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;

/**
 * What a store answers while the file's surroundings forbid what they allowed before, and that it
 * goes on once they allow it again. Another process is forbidden things in earnest: by permissions
 * (root's right to pass over them is taken away) and by the system's limit on the size of files.
 */
@Timeout(120)
@EnabledOnOs(OS.LINUX)
class SqliteSurroundingsTest {
    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("jobs.db");
    }

    @AfterEach
    void allowTheDirectoryToBeRemoved() throws IOException {
        allow("rwxr-xr-x", directory);
    }

    private static void allow(String permissions, Path... paths) throws IOException {
        for (var path : paths) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        }
    }

    private OtherProcess launch() throws IOException {
        boolean root = "root".equals(ProcessHandle.current().info().user().orElse(""));
        return root
                ? OtherProcess.launch(
                        file(),
                        "setpriv",
                        "--bounding-set=-dac_override,-dac_read_search",
                        "--inh-caps=-dac_override,-dac_read_search")
                : OtherProcess.launch(file());
    }

    private static NewJob job(long id) {
        return new NewJob(id, "q", "work", 1, 4, "{}", 10, null, List.of(), Instant.EPOCH, null);
    }

    @Test
    void aFileThatIsReadOnlyFromTheStartIsRefused() throws Exception {
        SqliteStore.at(file()).close();
        allow("r--r--r--", file());
        try (var other = launch()) {
            assertThat(other.ask("open")).startsWith("store-refused").contains("read-only");
        }
    }

    @Test
    void aDirectoryThatIsReadOnlyFromTheStartIsRefused() throws Exception {
        SqliteStore.at(file()).close();
        allow("r-xr-xr-x", directory);
        try (var other = launch()) {
            assertThat(other.ask("open")).startsWith("store-refused").contains("writable");
        }
    }

    @Test
    void aFileThatCanNoLongerBeOpenedIsUnavailableUntilItCan() throws Exception {
        try (var other = launch()) {
            other.open();
            assertThat(other.ask("enqueue")).isEqualTo("1");
            allow("---------", file());
            assertThat(other.ask("look"))
                    .startsWith("store-unavailable")
                    .contains("can no longer be opened");
            allow("rw-r--r--", file());
            assertThat(other.ask("look")).isEqualTo("1");
        }
    }

    @Test
    void aWriteTheSystemForbidsIsUnavailableUntilItIsAllowed() throws Exception {
        try (var other = launch()) {
            other.open();
            assertThat(other.ask("enqueue")).isEqualTo("1");
            limitFileSize(other, "1000000");
            assertThat(other.ask("big")).startsWith("store-unavailable").contains("writing failed");
            allow("r--r--r--", file());
            assertThat(other.ask("enqueue"))
                    .startsWith("store-unavailable")
                    .contains("became read-only");
            try (var files = Files.newDirectoryStream(directory, "jobs.db{,-wal,-shm}")) {
                for (var file : files) {
                    allow("rw-r--r--", file);
                }
            }
            assertThat(other.ask("enqueue")).isNotEmpty().containsOnlyDigits();
            limitFileSize(other, "unlimited");
            assertThat(other.ask("big")).containsOnlyDigits();
            assertThat(other.ask("look")).isEqualTo("3");
        }
    }

    private static void limitFileSize(OtherProcess other, String bytes) throws Exception {
        var limit = "--fsize=" + bytes + ":unlimited";
        var prlimit = new ProcessBuilder("prlimit", "--pid", "" + other.pid(), limit).inheritIO();
        assertThat(prlimit.start().waitFor()).isZero();
    }

    @Test
    void aConnectionThatBecameReadOnlyIsReplaced() {
        try (var store = SqliteStore.at(file())) {
            store.writer()
                    .run(
                            "x",
                            t -> {
                                t.session().set("PRAGMA query_only = 1");
                                return 0;
                            });
            assertThatExceptionOfType(MillraceException.class)
                    .isThrownBy(() -> store.enqueue(List.of(job(1)), false))
                    .withMessageContaining("became read-only")
                    .extracting(MillraceException::code)
                    .isEqualTo(Code.STORE_UNAVAILABLE);
            store.enqueue(List.of(job(1)), false);
            assertThat(store.find(1)).isPresent();
        }
    }
}
