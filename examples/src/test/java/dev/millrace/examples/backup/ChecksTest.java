package dev.millrace.examples.backup;

import static dev.millrace.examples.source.Asked.Outcome.CUT;
import static dev.millrace.examples.source.Asked.Outcome.WHOLE;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.examples.source.Asked;
import dev.millrace.examples.source.SourceProcess;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Every check of the result can fail. */
@Timeout(60)
class ChecksTest {
    private static final int RECORDS = 40;

    @TempDir Path place;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private List<Line> lines = List.of();

    private Folder backup(SourceProcess source) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var all = HttpRequest.newBuilder(source.all()).build();
            lines =
                    new ArrayList<>(
                            Line.all(
                                    client.send(all, HttpResponse.BodyHandlers.ofString()).body()));
        }
        var folder = new Folder(place);
        seal(folder);
        return folder;
    }

    private void seal(Folder folder) throws Exception {
        try (var segments = new Segments(folder.segments(), 1)) {
            segments.write(1, lines);
        }
        folder.fetched("one");
        folder.seal("source", RECORDS);
        Files.deleteIfExists(folder.export());
        try (var export = new GzipFile(folder.export(), 0)) {
            for (var line : lines) {
                export.add((line.text() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private Checks checks(Folder folder) {
        said.reset();
        return new Checks(folder, new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @Test
    void oneCharacterIsEnoughToBeFoundInSegmentsExportAndTable() throws Exception {
        try (var source = SourceProcess.start(7, RECORDS)) {
            var folder = backup(source);
            var target = new Target("jdbc:sqlite:" + place.resolve("restored.db"));
            target.createEmpty();
            target.insert(lines);
            var right = checks(folder);
            right.segments(RECORDS, source.all());
            right.export(source.all());
            var compared = Checks.compare(target, source.all());
            right.restored(target, source.all(), compared);
            assertThat(right.wrong()).as(said.toString(StandardCharsets.UTF_8)).isZero();

            lines.set(20, new Line(21, lines.get(20).text().replace("\"id\":21", "\"id\": 21")));
            seal(folder);
            var other = new Target("jdbc:sqlite:" + place.resolve("other.db"));
            other.createEmpty();
            other.insert(lines);
            var wrong = checks(folder);
            wrong.segments(RECORDS, source.all());
            wrong.export(source.all());
            wrong.restored(other, source.all(), compared);
            assertThat(wrong.wrong()).isEqualTo(3);
            assertThat(said.toString(StandardCharsets.UTF_8))
                    .contains("expected line 21 of the segments", "line 21 of the export")
                    .contains("line 21 of the table");
            assertThatThrownBy(target::createEmpty).hasMessageContaining("expected an empty table");
        }
    }

    @Test
    void aRecordTooFewIsFound() throws Exception {
        try (var source = SourceProcess.start(7, RECORDS)) {
            var folder = backup(source);
            lines.removeLast();
            seal(folder);
            var checks = checks(folder);
            checks.segments(RECORDS, source.all());
            checks.export(source.all());
            assertThat(checks.wrong()).isEqualTo(3);
            assertThat(said.toString(StandardCharsets.UTF_8))
                    .contains("expected records to be 40, got 39", "to have more than 39 lines");
        }
    }

    @Test
    void aPageFetchedTwiceWithoutAKillOrOutOfTurnIsFound() throws Exception {
        try (var source = SourceProcess.start(7, RECORDS)) {
            var folder = backup(source);
            var once = new Asked(0, WHOLE);
            assertThat(source.ledger()).as("nothing was asked for by the page").isEmpty();
            var checks = checks(folder);
            checks.fetches(List.of(new Asked(0, CUT), once), RECORDS, 0);
            checks.fetches(List.of(once, once), RECORDS, 1);
            assertThat(checks.wrong()).as(said.toString(StandardCharsets.UTF_8)).isZero();
            checks.fetches(List.of(once, once), RECORDS, 0);
            checks.fetches(List.of(once, new Asked(RECORDS, WHOLE), once), RECORDS, 5);
            checks.fetches(List.of(), RECORDS, 5);
            assertThat(checks.wrong()).isEqualTo(3);
        }
    }
}
