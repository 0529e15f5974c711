package dev.millrace.examples.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.LongStream;

/** Files written page by page by processes that die. */
class SegmentsTest {
    private static final int PAGE = 3;

    @TempDir Path place;

    private static List<Line> page(long number) {
        return LongStream.rangeClosed((number - 1) * PAGE + 1, number * PAGE)
                .mapToObj(id -> new Line(id, "{\"id\":%d,\"é\":\"😀\"}".formatted(id)))
                .toList();
    }

    private void write(long from, long to) throws IOException {
        try (var segments = new Segments(place.resolve("segments"), 2)) {
            for (long page = from; page <= to; page++) {
                segments.write(page, page(page));
            }
        }
    }

    private Path file(int number) {
        return place.resolve("segments/segment-0000%d.ndjson".formatted(number));
    }

    @Test
    void aPageWrittenAgainReplacesItselfAndWhatWasBehindIt() throws IOException {
        write(1, 5);
        byte[] once = Files.readAllBytes(file(2));
        for (int from = 1; from <= 5; from++) {
            write(from, 5);
            assertThat(Files.readAllBytes(file(2))).as("from %d", from).isEqualTo(once);
        }
        assertThat(Files.readAllLines(file(2)))
                .extracting(line -> Line.of(line).id())
                .containsExactly(7L, 8L, 9L, 10L, 11L, 12L);
    }

    @Test
    void aPageCutAnywhereByTheDeathOfItsProcessIsMadeWhole() throws IOException {
        write(1, 2);
        byte[] whole = Files.readAllBytes(file(1));
        int begin = Segments.lengthBefore(whole, PAGE + 1);
        for (int length = begin; length <= whole.length; length++) {
            try (var channel = Files.newByteChannel(file(1), StandardOpenOption.WRITE)) {
                channel.truncate(length);
            }
            write(2, 2);
            assertThat(Files.readAllBytes(file(1))).as("cut at %d", length).isEqualTo(whole);
        }
    }

    @Test
    void onlyASeriesWithoutGapsIsSealedAndDamageIsSeenLater() throws IOException {
        var folder = new Folder(place);
        write(1, 4);
        for (int page = 1; page <= 4; page++) {
            folder.fetched("page=" + page);
        }
        folder.fetched("page=4");
        var manifest = folder.seal("somewhere", PAGE);
        assertThat(manifest).isEqualTo(folder.manifest());
        assertThat(manifest.records()).isEqualTo(12);
        assertThat(manifest.fetches()).isEqualTo(new Manifest.Fetches(5, 1));
        assertThat(manifest.segments()).extracting(Manifest.Segment::last).containsExactly(6L, 12L);
        var second = manifest.segments().getLast();
        byte[] content = folder.content(second);
        content[10] ^= 1;
        Files.write(file(2), content);
        assertThatThrownBy(() -> folder.content(second)).hasMessageContaining("to have SHA-256");
        Files.delete(file(1));
        assertThatThrownBy(() -> folder.seal("somewhere", PAGE))
                .hasMessageContaining("expected record 1 in 'segment-00002.ndjson'");
    }

    @Test
    void aGzipFileCutBehindItsCheckpointIsGoneOnWith() throws IOException {
        Path file = place.resolve("x.gz");
        long length;
        try (var gzip = new GzipFile(file, 0)) {
            length = gzip.add("one\n".getBytes(StandardCharsets.UTF_8));
            gzip.add("lost\n".repeat(1_000).getBytes(StandardCharsets.UTF_8));
        }
        try (var gzip = new GzipFile(file, length)) {
            gzip.add("two\n".getBytes(StandardCharsets.UTF_8));
            gzip.add("é\n".getBytes(StandardCharsets.UTF_8));
        }
        try (var lines = GzipFile.read(file)) {
            assertThat(lines.lines()).containsExactly("one", "two", "é");
        }
        assertThatThrownBy(() -> new GzipFile(file, 10_000).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("expected at least 10000 bytes");
    }
}
