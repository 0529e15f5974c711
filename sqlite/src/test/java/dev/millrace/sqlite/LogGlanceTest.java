package dev.millrace.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

class LogGlanceTest {
    private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir private Path directory;

    private Path log() {
        return directory.resolve("log");
    }

    @BeforeEach
    void aLogWrittenLongAgo() throws IOException {
        Files.writeString(log(), "frames");
        Files.setLastModifiedTime(log(), FileTime.from(LONG_AGO));
    }

    @Test
    void isNewUntilLookedInto() {
        var glance = new LogGlance(log());
        assertThat(glance.isNew()).isTrue();
        assertThat(glance.isNew()).isTrue();
        glance.looked();
        assertThat(glance.isNew()).isFalse();
    }

    @Test
    void anotherTimeOrSizeIsNew() throws IOException {
        var glance = new LogGlance(log());
        assertThat(glance.isNew()).isTrue();
        glance.looked();
        Files.setLastModifiedTime(log(), FileTime.from(LONG_AGO.plusMillis(1)));
        assertThat(glance.isNew()).isTrue();
        glance.looked();
        assertThat(glance.isNew()).isFalse();
        Files.writeString(log(), "more frames");
        Files.setLastModifiedTime(log(), FileTime.from(LONG_AGO.plusMillis(1)));
        assertThat(glance.isNew()).isTrue();
    }

    @Test
    void aLogOfAMomentAgoOrOfTheFutureStaysNew() throws IOException {
        var glance = new LogGlance(log());
        Files.setLastModifiedTime(log(), FileTime.from(Instant.now().plusSeconds(3600)));
        assertThat(glance.isNew()).isTrue();
        glance.looked();
        assertThat(glance.isNew()).isTrue();
    }

    @Test
    void aLogThatIsGoneIsNew() throws IOException {
        var glance = new LogGlance(log());
        assertThat(glance.isNew()).isTrue();
        glance.looked();
        Files.delete(log());
        assertThat(glance.isNew()).isTrue();
    }
}
