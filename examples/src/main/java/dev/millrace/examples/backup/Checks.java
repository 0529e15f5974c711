package dev.millrace.examples.backup;

import dev.millrace.examples.source.Asked;
import dev.millrace.flow.SqlKey;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/** Looks at everything once more, from outside, and says what is right and what is not. */
final class Checks {
    private final Folder folder;
    private final PrintStream out;
    private int wrong;

    /** Something that must hold. */
    @FunctionalInterface
    private interface Check {
        /** Answers what was found. */
        String look() throws IOException, InterruptedException, SQLException;
    }

    Checks(Folder folder, PrintStream out) {
        this.folder = folder;
        this.out = out;
    }

    /** How much was wrong so far. */
    int wrong() {
        return wrong;
    }

    /** Compares a table with the source, in the order of the numbers. */
    static SourceLines.Compared compare(Target target, URI all)
            throws IOException, InterruptedException, SQLException {
        try (var source = new SourceLines(all)) {
            var pages = target.pages();
            @Nullable SqlKey next = null;
            do {
                var page = pages.page(next);
                for (var line : page.items()) {
                    source.compare("the table", line.text());
                }
                next = page.next();
            } while (next != null);
            return source.end("the table");
        }
    }

    /** Holds every segment against the manifest and the source. */
    void segments(long records, URI all) {
        check(
                "manifest",
                () -> {
                    var manifest = folder.manifest();
                    expect("records", records, manifest.records());
                    expect("last record", records, manifest.segments().getLast().last());
                    return "%,d records in %,d pages and %d segments, each with its SHA-256"
                            .formatted(
                                    manifest.records(),
                                    manifest.pages(),
                                    manifest.segments().size());
                });
        check(
                "segments",
                () -> {
                    try (var source = new SourceLines(all)) {
                        for (var segment : folder.manifest().segments()) {
                            var text = new String(folder.content(segment), StandardCharsets.UTF_8);
                            for (String line : text.lines().toList()) {
                                source.compare("the segments", line);
                            }
                        }
                        return same(source.end("the segments"));
                    }
                });
    }

    /** Holds what was fetched against the source's own ledger. */
    void fetches(List<Asked> ledger, int pageSize, int kills) {
        check(
                "fetches",
                () -> {
                    var manifest = folder.manifest();
                    var served = Ledger.of(ledger, pageSize);
                    expect("pages served", manifest.pages(), served.pages());
                    if (served.repeated() > kills) {
                        throw new IOException(
                                "expected at most one page served twice for each of %d kills, got %d"
                                        .formatted(kills, served.repeated()));
                    }
                    int lost = served.pages() + served.repeated() - manifest.fetches().pages();
                    if (lost < 0 || lost + manifest.fetches().repeated() > kills) {
                        throw new IOException(
                                "expected the manifest's %s to fit the source's %s and %d kills"
                                        .formatted(manifest.fetches(), served, kills));
                    }
                    return "%,d pages served in order, %d of them twice: in hand at a kill; %s"
                            .formatted(served.pages(), served.repeated(), served.faults());
                });
    }

    /** Holds the compressed file against the source. */
    void export(URI all) {
        check(
                "export",
                () -> {
                    try (var source = new SourceLines(all);
                            var lines = GzipFile.read(folder.export())) {
                        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                            source.compare("the export", line);
                        }
                        return same(source.end("the export"));
                    }
                });
    }

    /** Holds what the restore says of itself against what there is. */
    void restored(Target target, URI all, SourceLines.Compared said) {
        check(
                "restore",
                () -> {
                    expect("comparison by the job", compare(target, all), said);
                    return same(said);
                });
    }

    private void check(String name, Check check) {
        try {
            out.printf("  %-9s %s%n", name, check.look());
        } catch (IOException | InterruptedException | SQLException | RuntimeException e) {
            wrong++;
            out.printf("  %-9s WRONG: %s%n", name, e.getMessage());
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String same(SourceLines.Compared compared) {
        return String.format(
                Locale.ROOT,
                "%,d records, %,d bytes: the same as the source's, byte for byte",
                compared.records(),
                compared.bytes());
    }

    private static void expect(String what, Object expected, Object got) throws IOException {
        if (!String.valueOf(expected).equals(String.valueOf(got))) {
            throw new IOException("expected %s to be %s, got %s".formatted(what, expected, got));
        }
    }
}
